import { describe, expect, it } from 'vitest'
import type { Conversation } from '../../src/index.ts'
import { codeOf, start } from './start.ts'

const acts: Readonly<Record<string, (chat: Conversation) => unknown>> = {
  sendMessage: (chat) => chat.sendMessage('More'),
  retry: (chat) => chat.retry(),
  regenerate: (chat) => chat.regenerate(),
  editMessage: (chat) => chat.editMessage('t1', 'Other words'),
  switchTo: (chat) => void chat.switchTo(null),
  approveTool: (chat) => chat.approveTool('k1'),
  denyTool: (chat) => chat.denyTool('k1'),
  answerTool: (chat) => chat.answerTool('k1', 'yes'),
  resolveRefusal: (chat) => void chat.resolveRefusal('clear'),
  resolveRejection: (chat) => void chat.resolveRejection('stop'),
  clear: (chat) => void chat.clear(),
  compact: (chat) => chat.compact(),
  setModel: (chat) => chat.setModel('m2'),
  setSystem: (chat) => chat.setSystem('Be brief.'),
  setTools: (chat) => chat.setTools([]),
  setRequest: (chat) => chat.setRequest({}),
  setBudget: (chat) => chat.setBudget({ tokens: 1 }),
  withdraw: (chat) => chat.withdraw('t2'),
  releaseQueue: (chat) => chat.releaseQueue(),
}

/** A conversation that was closed while its queue was held. */
async function closed() {
  const world = start({ whenBusy: 'queue' })
  const { turn, reply } = await world.ask('Hello')
  const queued = world.chat.sendMessage('And then?')
  reply.throw(new Error('lost'))
  await turn
  expect(world.chat.held).toBe(true)
  await world.chat.close()
  return { ...world, queued }
}

describe('a closed conversation', () => {
  it.each(Object.entries(acts))('answers %s() with "conversation-closed"', async (_, act) => {
    const { chat } = await closed()
    expect(codeOf(() => act(chat))).toBe('conversation-closed')
  })

  it('accepts stop() and close() again, because people press a button twice', async () => {
    const { chat } = await closed()
    chat.stop()
    chat.stop()
    await Promise.all([chat.close(), chat.close()])
    expect(chat.status).toBe('closed')
  })

  it('has an empty queue, and its queued messages are stopped', async () => {
    const { chat, queued } = await closed()
    expect([chat.held, chat.canSend]).toEqual([false, false])
    expect(await queued).toMatchObject({ status: 'stopped', error: { code: 'conversation-closed' } })
  })
})
