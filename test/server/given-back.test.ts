import { expect, it } from 'vitest'
import { publishLive } from '../../src/server/streams/live.ts'
import { Channel } from '../../src/server/streams/channel.ts'
import { stateOfChat } from '../../src/server/streams/state.ts'
import { begun } from '../durability/stage.ts'

it('viewers are not told that a message has stopped which the closing conversation gave back: it may be sent again', async () => {
  const { chat } = await begun()
  const channel = new Channel(stateOfChat(chat), 100_000)
  const told: (string | null)[] = []
  channel.watch({ published: ({ name }) => void told.push(name), closed: () => {} })
  const ended: string[] = []
  const publishing = publishLive(
    chat,
    channel,
    ({ status }) => void ended.push(status),
    () => {},
  )
  // It waits for its file.
  const turn = chat.sendMessage({ text: 'Hello', files: [new Blob(['words'], { type: 'text/plain' })] })
  const closing = chat.close()
  expect(await turn).toMatchObject({ status: 'stopped', error: { code: 'conversation-closed' } })
  await closing
  publishing.end()
  expect(told).not.toContain('turn.stopped')
  expect(ended).toEqual([])
})
