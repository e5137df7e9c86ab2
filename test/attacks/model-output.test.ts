// Hostile output of a model, or of a server in its place: the turn ends, and the next message is answered.
import { expect } from 'vitest'
import { observe, type SourceEvent } from '../../src/index.ts'
import { start } from '../conversation/start.ts'
import { nested, nestedJson } from '../nested.ts'
import { attackSurface } from './attack.ts'

const begun: SourceEvent = { type: 'message.started', model: 'm1', usage: {} }
const end: readonly SourceEvent[] = [
  { type: 'block.stopped', index: 0 },
  { type: 'message.delta', stopReason: 'end_turn', usage: {} },
  { type: 'message.stopped' },
]
const block = (given: object, index = 0) => ({ type: 'block.started', index, block: given }) as SourceEvent
const delta = (text: string, kind: 'text' | 'toolInput' = 'text'): SourceEvent => ({
  type: 'block.delta',
  index: 0,
  kind,
  text,
})
const text = block({ type: 'text', text: '' })
const call = block({ type: 'tool_use', id: 'k1', name: 'look', input: {} })

/** How the turn ends, while inspectors watch with includeText, and how the next message does. */
async function answered(events: Iterable<SourceEvent>): Promise<string> {
  const talk = start({ maxSteps: 1, retry: { maxAttempts: 1 } })
  const watched = observe(talk.chat, { includeText: true })
  const { turn, reply } = await talk.ask('Hello')
  reply.pushTogether(events)
  reply.end()
  const { status, error } = await turn
  expect(() => JSON.stringify([watched.records, watched.facts, talk.chat.messages, talk.chat.history])).not.toThrow()
  talk.chat.releaseQueue()
  const next = await talk.exchange('Are you there?', 'Yes')
  expect(next.status).toBe('completed')
  return `${status}${error ? `, ${error.code}` : ''}; the next message is answered`
}

const saidAll = (events: readonly SourceEvent[]) => () => answered([begun, ...events, ...end])
const said = (...events: readonly SourceEvent[]) => saidAll(events)

attackSurface('Model output', [
  { attack: 'tool input of 5,000 levels', run: said(call, delta(nestedJson(5_000), 'toolInput')) },
  { attack: 'tool input of 200,000 levels', run: said(call, delta(nestedJson(200_000), 'toolInput')) },
  { attack: 'tool input of a million digits', run: said(call, delta(`{"a":${'9'.repeat(1_000_000)}}`, 'toolInput')) },
  {
    attack: 'a block of an unknown type with 200,000 levels',
    run: said(block({ type: 'of_tomorrow', deep: nested(200_000) })),
  },
  {
    attack: 'a citation of 200,000 levels',
    run: said(text, { type: 'block.citation', index: 0, citation: nested(200_000) }),
  },
  {
    attack: 'an event of an unknown type with 200,000 levels',
    run: said({ type: 'unknown', event: nested(200_000) }, text),
  },
  { attack: 'a block with the index 300,000,000', run: said(block({ type: 'text', text: 'x' }, 300_000_000)) },
  { attack: 'a text of 40 MB', run: said(text, delta('x'.repeat(40_000_000))) },
  { attack: '300,000 deltas at once', run: saidAll([text, ...Array.from({ length: 300_000 }, () => delta('x'))]) },
  {
    attack: '20,000 blocks at once',
    run: saidAll(Array.from({ length: 20_000 }, (_, index) => block({ type: 'text', text: 'x' }, index))),
  },
  {
    attack: 'counts that are negative, infinite, or not numbers',
    run: said(text, {
      type: 'message.delta',
      stopReason: null,
      usage: { inputTokens: -1, outputTokens: Infinity, cacheReadTokens: NaN, toolRequests: { a: -Infinity } },
    }),
  },
  {
    attack: 'names of events, models and reasons of 5 MB',
    run: said({ type: 'message.started', model: 'm'.repeat(5_000_000), usage: {} }, text, {
      type: 'message.delta',
      stopReason: 's'.repeat(5_000_000),
      usage: {},
    }),
  },
])
