// A process that wants one conversation and appends to it as long as it has it. It reports on standard output, one line of JSON each.
// It ends when its standard input does.
import { setTimeout } from 'node:timers/promises'
import { openSqlite } from '../../src/stores/sqlite/sqlite-store.ts'
import { postgresStore } from '../../src/stores/postgres/index.ts'
import { TurnstateError } from '../../src/errors.ts'
import type { OpenConversation } from '../../src/stores/index.ts'
import { message } from './facts.ts'

/** What the writer is started with. */
export interface WriterOptions {
  /** The name of the writer: its facts carry it. */
  readonly by: string
  readonly lease: number
  readonly clockAhead: number
  readonly sqlite?: { readonly path: string; readonly worker: string }
  readonly postgres?: string
}

/** What it reports. */
export type WriterReport =
  | { readonly type: 'opened'; readonly token: number; readonly revision: number }
  | { readonly type: 'saved'; readonly token: number; readonly seq: number }
  | { readonly type: 'failed' | 'lost'; readonly token: number }

const [, , json = '{}'] = process.argv
const { by, lease, clockAhead, sqlite, postgres }: WriterOptions = JSON.parse(json)
const realNow = Date.now
Date.now = () => realNow() + clockAhead

const report = (line: WriterReport) => process.stdout.write(`${JSON.stringify(line)}\n`)
const store = sqlite ? openSqlite(sqlite.path, {}, { worker: new URL(sqlite.worker) }) : postgresStore(postgres ?? '')

const ending = new AbortController()
process.stdin.on('end', () => ending.abort()).resume()

while (!ending.signal.aborted) {
  const chat = await opened()
  if (chat) await write(chat)
  else await setTimeout(20)
}
await store.close()

async function opened(): Promise<OpenConversation | null> {
  try {
    return await store.open('c', { lease })
  } catch (error) {
    if (TurnstateError.is(error) && error.retryable) return null
    throw error
  }
}

/** Until it has lost the conversation. */
async function write(chat: OpenConversation): Promise<void> {
  const { token, revision } = chat
  report({ type: 'opened', token, revision })
  for (let seq = revision; !ending.signal.aborted;) {
    const { status } = await chat.append({ appendId: `${seq}`, expected: seq, facts: [message(seq, `${by} ${token}`)] })
    if (status === 'saved') report({ type: 'saved', token, seq: seq++ })
    else report({ type: status, token })
    if (status === 'lost') return
    await setTimeout(5)
  }
}
