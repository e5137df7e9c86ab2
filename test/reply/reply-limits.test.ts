// Endless replies of any kind fail before they exhaust the memory.
import { describe, expect, it } from 'vitest'
import { createConversation, type MessageSource } from '../../src/index.ts'
import { nested } from '../nested.ts'
import { block, ends, over, says, started, stopped, textBlock, wholeReply } from './fixtures.ts'

const quiet = { warn: () => {}, error: () => {} }

function* endless(event: (nth: number) => unknown) {
  yield [started(), block({ type: 'of_tomorrow' })]
  for (let nth = 0; ; nth += 100) yield Array.from({ length: 100 }, (_, more) => event(nth + more))
}

/** A conversation whose first reply is this one, and whose later ones are complete. */
function conversation(chunks: Iterable<unknown>) {
  let asked = 0
  const source = async function* playback() {
    if (asked++ === 0) yield* chunks
    else yield wholeReply()
  } as unknown as MessageSource
  return createConversation({ source, model: 'm1', maxTokens: 10, retry: { maxAttempts: 1 }, logger: quiet })
}

const large = 'x'.repeat(500_000)
const rounds = Array.from({ length: 1_000 }, () => ({ type: 'message', model: 'm1', usage: {} }))

describe('an endless reply', () => {
  it.each<readonly [string, (nth: number) => unknown]>([
    ['text', () => ({ type: 'block.delta', index: 0, kind: 'text', text: large })],
    ['empty deltas', () => ({ type: 'block.delta', index: 0, kind: 'text', text: '' })],
    ['blocks', (nth) => block({ type: 'of_tomorrow' }, nth)],
    ['citations', () => ({ type: 'block.citation', index: 0, citation: { large } })],
    ['fields', () => ({ type: 'block.fields', index: 0, fields: { large } })],
    ['fields with ever new names', (nth) => ({ type: 'block.fields', index: 0, fields: { [`field${nth}`]: 1 } })],
    ['unknown events', () => ({ type: 'unknown', event: { large } })],
    ['unknown deltas', () => ({ type: 'unknown', index: 0, event: { large } })],
    ['iterations', () => ({ type: 'message.delta', iterations: rounds })],
    ['context edits', () => ({ type: 'message.delta', appliedEdits: [{ large }] })],
  ])('fails, and the next message is sent: %s', async (_, event) => {
    const chat = conversation(endless(event))
    expect(await chat.sendMessage('Hello')).toMatchObject({ status: 'failed', error: { code: 'reply-too-large' } })
    expect(await chat.sendMessage('Again')).toMatchObject({ status: 'completed' })
    await chat.close()
  })
})

describe('a batch of events', () => {
  it('fails the reply when it is endless', async () => {
    const citation = { type: 'block.citation', index: 0, citation: {} }
    function* chunk() {
      yield* [started(), textBlock(), says('Hi')]
      for (;;) yield citation
    }
    const chat = conversation([chunk()])
    expect(await chat.sendMessage('Hello')).toMatchObject({ status: 'failed', error: { code: 'reply-too-large' } })
    expect(await chat.sendMessage('Again')).toMatchObject({ status: 'completed' })
    await chat.close()
    // A million events are read before it fails.
  }, 60_000)
})

describe('the content of an event', () => {
  const deep = nested(200_000)

  it.each<readonly [string, unknown]>([
    ['an unknown event', { type: 'of_tomorrow', deep }],
    ['an unknown delta', { type: 'unknown', index: 0, event: deep }],
    ['a block', block({ type: 'of_tomorrow', deep }, 1)],
    [
      'the input of a server tool',
      block({ type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: deep }, 1),
    ],
    [
      'the result of a server tool',
      block({ type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: deep }, 1),
    ],
    ['fields', { type: 'block.fields', index: 0, fields: { deep } }],
    ['a citation', { type: 'block.citation', index: 0, citation: { deep } }],
    ['the start of the message', started({ container: deep, terms: deep, appliedEdits: [deep] } as object)],
    ['the counts', { type: 'message.delta', usage: { toolRequests: deep, inputTokens: deep } }],
    ['the credit', { type: 'message.delta', fallbackCredit: { deep } }],
    ['edits', { type: 'message.delta', appliedEdits: [{ deep }], inputTransformations: [{ deep }] }],
  ])('may be nested to any depth: %s', async (_, event) => {
    const chat = conversation([started(), textBlock(), event, says('Hi'), stopped(), ends('end_turn'), over])
    const told: unknown[] = []
    const turn = chat.sendMessage('Hello')
    for await (const each of turn) told.push(each)
    expect(() => JSON.stringify([told, chat.messages, chat.history])).not.toThrow()
    expect(await turn).toMatchObject({ status: 'completed', text: 'Hi' })
    expect(await chat.sendMessage('Again')).toMatchObject({ status: 'completed' })
    await chat.close()
  })

  it('adds usage for at most as many tool names as the API could have', async () => {
    const names = Array.from({ length: 200_000 }, (_, nth) => [`tool${nth}`, 1] as const)
    const usage = { inputTokens: 1, toolRequests: Object.fromEntries(names) }
    const events = [started(), textBlock(), says('Hi'), { type: 'message.delta', usage }, stopped()]
    const chat = conversation([...events, ends('end_turn'), over])
    const outcome = await chat.sendMessage('Hello')
    expect(outcome).toMatchObject({ status: 'completed', text: 'Hi' })
    expect(Object.keys(outcome.usage.toolRequests ?? {})).toHaveLength(100)
    await chat.close()
  })

  it('is no name when it is longer than any name', async () => {
    const long = 'n'.repeat(1_000_000)
    const chat = conversation([
      started({ id: long, model: long }),
      textBlock(),
      says('Hi'),
      stopped(),
      ends('end_turn'),
      over,
    ])
    expect(await chat.sendMessage('Hello')).toMatchObject({ status: 'completed', text: 'Hi', model: 'm1' })
    expect(JSON.stringify(chat.ledger).length).toBeLessThan(1_000)
    await chat.close()
  })
})
