import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from 'turnstate/stores/sqlite'

const folder = mkdtempSync(join(tmpdir(), 'chats-'))
const store = sqliteStore(join(folder, 'chats.db'))

const chat = await store.open('c1', { owner: 'ada' })
console.log(chat.revision, (await store.get('c1'))?.isOpen) // 0 true: nobody else can write it now
await chat.release()

await store.setTitle('c1', 'About bees')
const { conversations } = await store.list({ owner: 'ada' })
console.log(conversations.map(({ id, title }) => `${id}: ${title}`))

const lines: string[] = []
for await (const line of store.export('c1')) lines.push(line)
await store.import(lines, { id: 'c2' })

await store.backup(join(folder, 'backup.db'))
console.log(await store.check(), await store.deleteOwner('ada'))
await store.close()
