// Whatever a source yields, the turn settles, and its facts can be loaded again.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type MessageSource, type SourceEvent, createConversation, fold, observe } from '../../src/index.ts'
import { normalised } from '../../src/reply/normalise-event.ts'
import { ends, over, says, started, stopped, textBlock, wholeReply } from './fixtures.ts'
import { runs } from '../runs.ts'

const quiet = { warn: () => {}, error: () => {} }

/** Plays a reply with these events, completed where necessary. The journal is read back as from a store. */
async function told(events: readonly unknown[]) {
  let asked = 0
  const source = async function* playback() {
    yield* asked++ === 0 ? events : wholeReply()
  } as unknown as MessageSource
  const chat = createConversation({
    source,
    model: 'm1',
    maxTokens: 10,
    retry: { maxAttempts: 1 },
    onRefusal: 'drop-turn',
    logger: quiet,
  })
  const watched = observe(chat)
  const outcome = await chat.sendMessage('Hello')
  await chat.close()
  return { outcome, view: fold(JSON.parse(JSON.stringify(watched.facts))) }
}

const name = fc.constantFrom<unknown>('', 'm1', 'x', 7, null, undefined, {}, ['y'])
const count = fc.constantFrom<unknown>(0, 3, -1, 0.5, Number.NaN, Infinity, '4', null, undefined, {})
const usage = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, 7, 'many', []),
  fc.record({ inputTokens: count, outputTokens: count, cacheReadTokens: count, estimated: fc.boolean() }),
)
const index = fc.constantFrom<unknown>(0, 1, 1, 2, -1, 2_000_000_000, Number.NaN, 'one', undefined)
const blockType = fc.constantFrom<unknown>(
  'text',
  'thinking',
  'tool_use',
  'server_tool_use',
  'fallback',
  'new',
  '',
  7,
  undefined,
)
const shell = fc.oneof(
  fc.constantFrom<unknown>(null, 'text', [], undefined, 7),
  fc.record({
    type: blockType,
    id: name,
    name,
    text: name,
    input: fc.oneof(name, fc.jsonValue()),
    to: fc.record({ model: name }),
  }),
)
const round = fc.oneof(fc.constantFrom<unknown>(null, 7), fc.record({ type: name, model: name, usage }))

const odd = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, 7, 'text', [], {}, { type: 7 }, { type: 'constructor' }, { type: 'ping' }),
  fc.record({ type: fc.constant('message.started'), id: name, model: name, usage, container: name }),
  fc.record({ type: fc.constant('block.started'), index, block: shell }),
  fc.record({
    type: fc.constant('block.delta'),
    index,
    kind: fc.constantFrom('text', 'thinking', 'toolInput', 'new', 7),
    text: name,
  }),
  fc.record({ type: fc.constant('block.fields'), index, fields: shell }),
  fc.record({ type: fc.constant('block.citation'), index, citation: shell }),
  fc.record({ type: fc.constant('block.stopped'), index }),
  fc.record({ type: fc.constant('unknown'), index, event: fc.anything() }),
  fc.record({
    type: fc.constant('message.delta'),
    stopReason: fc.constantFrom<unknown>('end_turn', 'max_tokens', 'refusal', 'new', '', 7, null, undefined),
    category: name,
    explanation: name,
    creditToken: name,
    hasPrefillClaim: name,
    usage,
    iterations: fc.oneof(name, fc.array(round, { maxLength: 3 })),
    fallbackCredit: shell,
    container: name,
  }),
)

describe('unexpected events', () => {
  it('let their turn settle and leave a loadable journal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(odd, { maxLength: 8 }), fc.boolean(), async (events, isWhole) => {
        const { outcome, view } = await told(isWhole ? [...events, ...wholeReply().slice(1)] : events)
        expect(['completed', 'refused', 'failed']).toContain(outcome.status)
        expect(view.open).toBeNull()
      }),
      { numRuns: runs(35) },
    )
  })

  it.each<readonly [string, readonly unknown[]]>([
    ['counts below zero', [started({ usage: { inputTokens: -1, outputTokens: -5 } })]],
    ['counts that are not numbers', [{ ...started(), usage: { inputTokens: '7', outputTokens: Number.NaN } }]],
    ['missing usage', [{ type: 'message.started', model: 'm1' }]],
  ])('never lower what was counted: %s', async (_, events) => {
    const { outcome } = await told([...events, textBlock(), says('Hi'), stopped(), ends('end_turn'), over])
    expect(outcome).toMatchObject({ status: 'completed', text: 'Hi', usage: { inputTokens: 0, outputTokens: 3 } })
  })

  it('never produce an empty or non-string name', async () => {
    const start = { ...started(), model: '', container: '' }
    const end = { ...ends('end_turn'), iterations: [{ type: '', model: 7, usage: { outputTokens: 2 } }, 7] }
    const { view } = await told([start, textBlock(), says('Hi'), stopped(), end, over])
    const [reply] = view.turns[0]?.steps ?? []
    expect(reply).toMatchObject({ model: 'm1', iterations: [{ type: 'unknown', usage: { outputTokens: 2 } }] })
    expect(reply).not.toHaveProperty('container')
  })

  it('do not hide a refusal, whose category and explanation are strings or null', async () => {
    const { outcome } = await told([started(), { ...ends('refusal'), category: 7, explanation: ['x'] }])
    expect(outcome.refusal).toMatchObject({ category: null, explanation: null })
  })

  it('leave every call with an id by which it can be answered', async () => {
    const call = (id: unknown, at: number) => ({
      type: 'block.started',
      index: at,
      block: { type: 'tool_use', id, name: 'f' },
    })
    const { view } = await told([
      started(),
      call('', 0),
      call(7, 1),
      call('same', 2),
      call('same', 3),
      ends('end_turn'),
      over,
    ])
    const ids = view.turns[0]?.steps[0]?.content.map(({ id }) => id) ?? []
    expect(new Set(ids).size).toBe(4)
    expect(ids.every((id) => typeof id === 'string' && /^[a-zA-Z0-9_-]+$/.test(id))).toBe(true)
    expect(ids).toContain('same')
  })
})

describe('the reading of an event', () => {
  it('returns a valid event unchanged, without extra fields', () => {
    for (const event of [
      ...wholeReply(),
      ends('refusal', { category: 'cyber', creditToken: 't', hasPrefillClaim: true }),
    ])
      expect(normalised({ ...event, more: () => {} })).toMatchObject([event])
    expect(normalised({ ...says('Hi'), more: 7 })).toEqual([says('Hi')])
  })

  it.each(['text', 'thinking'])('splits the start of a block with %s into a start and a delta', (kind) => {
    expect(
      normalised({ type: 'block.started', index: 2, block: { type: kind, [kind]: 'Hi', signature: 's' } }),
    ).toEqual([
      { type: 'block.started', index: 2, block: { type: kind, [kind]: '', signature: 's' } },
      { type: 'block.delta', index: 2, kind, text: 'Hi' },
    ])
  })

  it('omits values that JSON cannot represent, and cycles', () => {
    const circle: Record<string, unknown> = { type: 'new', kept: 1, run: () => {}, no: undefined }
    circle['again'] = circle
    expect(normalised({ type: 'block.started', index: 0, block: circle })).toEqual([
      {
        type: 'block.started',
        index: 0,
        block: { type: 'new', kept: 1, again: expect.stringContaining('too deeply') },
      },
    ])
  })

  it('treats a type that is a property of every object as unknown', () => {
    for (const type of ['constructor', '__proto__', 'toString'])
      expect(normalised({ type })).toEqual([{ type: 'unknown', event: { type } }])
  })

  it('reads each property once, so that the checked value is the value used', () => {
    let reads = 0
    const [event] = normalised({
      ...says(''),
      get text() {
        return reads++ === 0 ? 'Hi' : 7
      },
    }) as readonly Extract<SourceEvent, { type: 'block.delta' }>[]
    expect([event?.text, event?.text, reads]).toEqual(['Hi', 'Hi', 1])
  })
})
