// The metadata of a cut reply: everything that a complete reply has, as far as it arrived.
import { describe, expect, it } from 'vitest'
import type { ConversationOptions, SourceEvent } from '../../src/index.ts'
import { ends, says, started, stopped, textBlock } from '../reply/fixtures.ts'
import { type Chunk, handedOver, mark, startInChunks, twoRounds } from './chunks.ts'

const lost = new Error('the connection is gone')
const text = [textBlock(), says('Words'), stopped()]

/** A tool that needs a container. */
const computing: Partial<ConversationOptions> = {
  tools: [{ type: 'code_execution_20250825', name: 'code_execution' }],
}

/** Sends a message and ends the reply at a mark in it: by a stop, a close or a message. */
function endedAtMark(
  chunks: readonly Chunk[],
  end: 'stop' | 'close' | 'send',
  options: Partial<ConversationOptions> = {},
) {
  const talk = startInChunks([chunks], { whenBusy: 'interrupt', ...options })
  talk.chat.on('unknown', () => {
    if (end === 'send') void talk.chat.sendMessage('Next')
    else void talk.chat[end]()
  })
  return { ...talk, turn: talk.chat.sendMessage('Question') }
}

const endings = [
  ['a stop', 'stop'],
  ['a close', 'close'],
  ['an interrupting message', 'send'],
] as const

describe.each(endings)('a reply ended by %s', (_, end) => {
  it('passes its container to the next request, whenever the container arrived', async () => {
    const early = [started({ container: 'c1' }), ...text, mark]
    const late = [started(), ...text, ends('end_turn', { container: 'c1' }), mark]
    for (const events of [early, late]) {
      const { chat, turn, requests } = endedAtMark([events, 'nothing'], end, computing)
      expect((await turn).status).toBe('stopped')
      const open = chat.status === 'closed' ? chat.fork() : chat
      await open.sendMessage('More')
      expect(requests.at(-1)?.container).toBe('c1')
    }
  })

  it('names the other model that served it', async () => {
    const events = [started(), ...text, handedOver(1), stopped(1), textBlock(2), says('Good', 2), mark]
    const { turn } = endedAtMark([events, 'nothing'], end, { serverFallbacks: [{ model: 'm2' }] })
    expect(await turn).toMatchObject({ status: 'stopped', model: 'm2', servedAfterRefusal: true })
  })

  it('costs the sum of its iterations', async () => {
    const events = [started(), ...text, handedOver(1), stopped(1), ends('end_turn', { iterations: twoRounds }), mark]
    const { turn, chat } = endedAtMark([events, 'nothing'], end)
    expect((await turn).attempts).toMatchObject([
      { model: 'm1', result: 'refused', usage: { outputTokens: 4 } },
      { model: 'm2', result: 'cut', usage: { outputTokens: 4 } },
    ])
    expect(chat.ledger).toMatchObject({ m1: { refused: { outputTokens: 4 } }, m2: { answered: { outputTokens: 4 } } })
  })

  it('costs the same when none of it is kept', async () => {
    const { turn, chat } = endedAtMark([[started(), ends('end_turn', { iterations: twoRounds }), mark], 'nothing'], end)
    expect((await turn).attempts.map(({ model }) => model)).toEqual(['m1', 'm2'])
    expect(chat.history.flatMap(({ role }) => (role === 'assistant' ? [role] : []))).toEqual([])
  })

  it('reports the result of a fallback credit', async () => {
    const fallbackCredit = { status: { type: 'redeemed' } }
    const { turn } = endedAtMark([[started(), ...text, ends('end_turn', { fallbackCredit }), mark], 'nothing'], end)
    expect(await turn).toMatchObject({ status: 'stopped', fallbackCredit })
  })
})

describe('a reply whose connection is lost after its last text', () => {
  it('keeps all of its metadata and fails', async () => {
    const fallbackCredit = { status: { type: 'redeemed' } }
    const told: SourceEvent = ends('end_turn', { iterations: twoRounds, fallbackCredit, container: 'c1' })
    const events = [started(), ...text, handedOver(1), stopped(1), textBlock(2), says(' and more', 2), stopped(2), told]
    const { chat, requests } = startInChunks([[events, lost]], computing)
    const outcome = await chat.sendMessage('Question')
    expect(outcome).toMatchObject({
      status: 'failed',
      text: 'Words and more',
      servedAfterRefusal: true,
      fallbackCredit,
    })
    expect(outcome.attempts.map(({ model }) => model)).toEqual(['m1', 'm2'])
    await chat.sendMessage('More')
    expect(requests[1]?.container).toBe('c1')
  })

  it('passes none of its metadata to the next attempt', async () => {
    const told = ends('end_turn', { container: 'c1', fallbackCredit: { status: { type: 'redeemed' } } })
    const { chat, requests } = startInChunks([[[started(), ...text, told]]], {
      retry: { maxAttempts: 1, models: ['m2'] },
      ...computing,
    })
    const outcome = await chat.sendMessage('Question')
    expect([outcome.status, outcome.text, outcome.fallbackCredit]).toEqual(['completed', 'Well.', undefined])
    expect([requests[1]?.model, requests[1]?.container]).toEqual(['m2', null])
  })
})
