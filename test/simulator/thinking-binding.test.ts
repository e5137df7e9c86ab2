import { describe, expect, it } from 'vitest'
import {
  compaction,
  httpError,
  type JsonObject,
  redactedThinking,
  reply,
  type ScriptedBlock,
  signCompaction,
  signThinking,
  text,
  thinking,
} from '../../src/testing/index.ts'
import { ask, errorOf, request, send, simulate, stream, the, type WireMessage } from './http.ts'

const model = 'claude-opus-5-5'
const tool = { name: 'look', input_schema: { type: 'object' } }
const user = (content: unknown): JsonObject => ({ role: 'user', content })
const assistant = (content: unknown): JsonObject => ({ role: 'assistant', content })
const words = (said: string, more = {}): JsonObject => ({ type: 'text', text: said, ...more })
const controls = { 'anthropic-beta': 'thinking-binding-controls-2026-08-01' }
const dropping = { thinking: { type: 'adaptive', block_binding: { prefix_mismatch_behavior: 'drop_block' } } }

/** A conversation of three turns with thinking, and a function that sends a history of it. */
const talked = async (change: JsonObject = {}, more: readonly ScriptedBlock[] = []) => {
  const script = ['One', 'Two', 'Three'].map((said) => reply([thinking(`Hm ${said}`), ...more, text(said)]))
  const simulator = await simulate({ script, onExhausted: 'answer', models: ['custom'] })
  const base = request({ model, system: 'Be brief.', tools: [tool], ...change })
  let messages: readonly JsonObject[] = []
  for (const said of ['a', 'b', 'c']) {
    messages = [...messages, user(said)]
    const { content } = await ask(simulator, { ...base, messages })
    messages = [...messages, assistant(content)]
  }
  const answer = (history: readonly JsonObject[], rest: JsonObject = {}, headers = {}): Promise<Response> =>
    send(simulator, { ...base, messages: [...history, user('d')], ...rest }, headers)
  return { simulator, messages, answer, base }
}

const contentOf = (message: JsonObject | undefined): readonly JsonObject[] => message?.['content'] as JsonObject[]
const isThought = ({ type }: JsonObject): boolean => type === 'thinking'
const without = (message: JsonObject | undefined): JsonObject => ({
  ...message,
  content: contentOf(message).filter((block) => !isThought(block)),
})
type History = readonly JsonObject[]

const moved = (place: string): string =>
  `${place}: Invalid \`signature\` in \`thinking\` block. The block is bound to a different conversation`

describe('thinking is bound to what came before it: a 400 when', () => {
  it.each<[string, (history: History) => History, string, JsonObject?]>([
    ['a message before it is edited', ([, ...rest]) => [user('A'), ...rest], 'messages.1.content.0'],
    ['an answer before it is edited', ([a, , ...rest]) => [a!, assistant('1'), ...rest], 'messages.3.content.0'],
    ['a turn before it is deleted', (history) => history.slice(2), 'messages.1.content.0'],
    ['a turn between is deleted', (history) => [...history.slice(0, 2), ...history.slice(4)], 'messages.3.content.0'],
    ['a turn is put in before it', (history) => [user('x'), assistant('y'), ...history], 'messages.3.content.0'],
    [
      'thinking in the middle is removed',
      (history) => history.map((message, index) => (index === 3 ? without(message) : message)),
      'messages.5.content.0',
    ],
    [
      'other thinking is put in before it',
      ([a, b, ...rest]) => {
        const other = { type: 'thinking', thinking: 'x', signature: signThinking(model, 'x') }
        return [a!, assistant([other, ...contentOf(b).slice(1)]), ...rest]
      },
      'messages.3.content.0',
    ],
    ['the system prompt changes', (history) => history, 'messages.1.content.0', { system: 'Be long.' }],
    ['the system prompt goes', (history) => history, 'messages.1.content.0', { system: undefined }],
    ['the tools change', (history) => history, 'messages.1.content.0', { tools: [tool, { ...tool, name: 'see' }] }],
  ])('%s', async (_, change, place, rest) => {
    const { messages, answer } = await talked()
    const error = await errorOf(await answer(change(messages), rest))
    expect(error).toMatchObject({ status: 400, error: { type: 'invalid_request_error' } })
    expect(error.error.message).toContain(moved(place))
  })

  it.each(['claude-fable-5-1', 'claude-mythos-5-2', 'claude-sonnet-5-5', 'claude-haiku-5-5', 'custom'])(
    'its model is %s',
    async (name) => {
      const { messages, answer } = await talked({ model: name })
      expect((await answer(messages)).status).toBe(200)
      expect((await answer([user('A'), ...messages.slice(1)])).status).toBe(400)
    },
  )
})

describe('bound thinking is accepted', () => {
  const marked = { cache_control: { type: 'ephemeral' } }
  it.each<[string, (history: History) => History, JsonObject?]>([
    ['as it was', (history) => history],
    ['with the last turn dropped', (history) => history.slice(0, 4)],
    ['with the oldest thinking left out', ([a, b, ...rest]) => [a!, without(b), ...rest]],
    ['with a longer run of the oldest left out', ([a, b, c, d, ...rest]) => [a!, without(b), c!, without(d), ...rest]],
    ['with all of it left out', (history) => history.map((message, index) => (index % 2 ? without(message) : message))],
    ['with a marker of the cache', ([, ...rest]) => [user([words('a', marked)]), ...rest]],
    ['with a text as one block', ([, ...rest]) => [user([words('a')]), ...rest]],
    [
      'with its message split in two',
      ([a, b, ...rest]) => [a!, ...contentOf(b).map((block) => assistant([block])), ...rest],
    ],
    [
      'with the fields of its blocks in another order',
      (history) =>
        JSON.parse(JSON.stringify(history), (_, value: unknown) =>
          typeof value === 'object' && value !== null && !Array.isArray(value)
            ? Object.fromEntries(Object.entries(value).toReversed())
            : value,
        ) as History,
    ],
    [
      'under other parameters',
      (history) => history,
      {
        max_tokens: 9,
        system: [words('Be brief.', marked)],
        tools: [{ ...tool, ...marked }],
        thinking: { type: 'adaptive' },
        output_config: { effort: 'low' },
        tool_choice: { type: 'none' },
      },
    ],
    ['by another model, which drops it', ([, ...rest]) => [user('A'), ...rest], { model: 'claude-opus-5' }],
  ])('%s', async (_, change, rest) => {
    const { messages, answer } = await talked()
    expect((await answer(change(messages), rest)).status).toBe(200)
  })

  it('by a model that does not bind thinking, anywhere', async () => {
    const { messages, answer } = await talked({ model: 'claude-opus-4-8' })
    expect((await answer([user('A'), ...messages.slice(1)])).status).toBe(200)
  })

  it('with a signature from a script, anywhere', async () => {
    const own = { type: 'thinking', thinking: 'Hm', signature: 'c2NyaXB0' } as const
    const simulator = await simulate({ script: [reply([own, text('One')])], onExhausted: 'answer' })
    const { content } = await ask(simulator, request({ model }))
    const messages = [user('Elsewhere'), assistant(content), user('b')]
    expect((await send(simulator, request({ model, messages }))).status).toBe(200)
  })
})

describe('the chain of thinking', () => {
  it('begins anew after the oldest block was left out, which can’t return then', async () => {
    const { simulator, messages, base } = await talked()
    const [a, b, ...rest] = messages
    const history = [
      a!,
      without(b),
      ...rest.map((message, index) => (index % 2 ? without(message) : message)),
      user('d'),
    ]
    const adaptive = { ...base, thinking: { type: 'adaptive', display: 'summarized' } }
    const { content } = await ask(simulator, { ...adaptive, messages: history })
    expect(content[0]).toMatchObject({ type: 'thinking' })
    const after = [assistant(content), user('e')]
    expect((await send(simulator, { ...base, messages: [...history, ...after] })).status).toBe(200)
    const whole = [...messages, user('d'), ...after]
    expect((await errorOf(await send(simulator, { ...base, messages: whole }))).error.message).toContain(
      moved('messages.7.content.0'),
    )
  })

  it('includes redacted thinking and several blocks of one reply', async () => {
    const { messages, answer } = await talked({}, [redactedThinking(), text('and'), thinking('More')])
    expect((await answer(messages)).status).toBe(200)
    const less = contentOf(messages[3]).filter(({ type }) => type !== 'redacted_thinking')
    const history = messages.map((message, index) => (index === 3 ? assistant(less) : message))
    expect((await errorOf(await answer(history))).error.message).toContain(moved('messages.3.content.2'))
  })

  it("skips another model's thinking", async () => {
    const { simulator, messages, base } = await talked()
    const adaptive = { ...base, model: 'claude-sonnet-5-5', thinking: { type: 'adaptive', display: 'omitted' } }
    const asked = [...messages, user('d')]
    const { content } = await ask(simulator, { ...adaptive, messages: asked })
    const kept = [...asked, assistant(content), user('e')]
    expect((await send(simulator, { ...adaptive, messages: kept })).status).toBe(200)
    const bare = [...messages.map((message, index) => (index % 2 ? without(message) : message)), ...kept.slice(6)]
    expect((await send(simulator, { ...adaptive, messages: bare })).status).toBe(200)
  })

  it('begins anew after a compaction', async () => {
    const { simulator, messages, base } = await talked()
    const headers = { 'anthropic-beta': 'compact-2026-09-04' }
    const adaptive = { ...base, thinking: { type: 'adaptive', display: 'summarized' } }
    const start = [assistant([signCompaction('They spelled.')]), user('d')]
    const { content } = await ask(simulator, { ...adaptive, messages: start }, headers)
    const next = [...start, assistant(content), user('e')]
    expect((await send(simulator, { ...base, messages: next }, headers)).status).toBe(200)
    const edited = [assistant([signCompaction('They sang.')]), ...next.slice(1)]
    expect((await errorOf(await send(simulator, { ...base, messages: edited }, headers))).error.message).toContain(
      moved('messages.2.content.0'),
    )
    const summary = [user('Before: they spelled.'), ...messages.slice(4)]
    expect((await send(simulator, { ...base, messages: [...summary, user('e')] }, headers)).status).toBe(400)
  })

  it('begins anew with a compaction at a threshold, whether the messages before it are kept or not', async () => {
    const script = [reply([thinking('Hm'), text('One')]), reply([compaction('Short.'), thinking('Ah'), text('Two')])]
    const simulator = await simulate({ script, onExhausted: 'answer' })
    const headers = { 'anthropic-beta': 'compact-2026-01-12' }
    const say = async (messages: History): Promise<WireMessage> => ask(simulator, request({ model, messages }), headers)
    const first = [user('a'), assistant((await say([user('a')])).content), user('b')]
    const reply2 = assistant((await say(first)).content)
    for (const history of [[...first, reply2], [user('changed'), ...first.slice(1), reply2], [reply2]])
      expect((await send(simulator, request({ model, messages: [...history, user('c')] }), headers)).status).toBe(200)
  })
})

describe('block_binding', () => {
  const edited = (messages: History): History => [...messages.slice(0, 2), user('B'), ...messages.slice(3)]
  const path = (index: number, reason: string) => ({
    type: 'thinking_dropped',
    path: `messages.${index}.content.0`,
    reason,
  })

  it('drops and reports thinking that is bound to another conversation', async () => {
    const { simulator, messages, base } = await talked()
    const body = { ...base, ...dropping, messages: [...edited(messages), user('d')] }
    const events = await stream(simulator, body, controls)
    expect(the(events, 'message_start').message).toMatchObject({
      input_transformations: [3, 5].map((index) => path(index, 'prefix_binding_mismatch')),
    })
  })

  it('lets the conversation continue as long as it is set', async () => {
    const { simulator, messages, base } = await talked()
    const history = [...edited(messages), user('d')]
    const thinks = { ...dropping.thinking, display: 'summarized' }
    const body = { ...base, thinking: thinks }
    const { content } = await ask(simulator, { ...body, messages: history }, controls)
    const next = [...history, assistant(content), user('e')]
    expect(await ask(simulator, { ...body, messages: next }, controls)).toMatchObject({
      input_transformations: [{}, {}],
    })
    expect((await send(simulator, { ...base, messages: next })).status).toBe(400)
  })

  it("reports another model's thinking, and an empty list otherwise", async () => {
    const { messages, answer } = await talked()
    expect(await (await answer(messages, {}, controls)).json()).toMatchObject({ input_transformations: [] })
    expect(await (await answer(messages.slice(0, 2), { model: 'claude-opus-5' }, controls)).json()).toMatchObject({
      input_transformations: [path(1, 'model_binding_mismatch')],
    })
    expect(await (await answer(messages)).json()).not.toHaveProperty('input_transformations')
  })

  it.each<[string, JsonObject, Record<string, string>, string]>([
    ['without its header', dropping, {}, 'thinking.adaptive.block_binding: Extra inputs are not permitted'],
    [
      'with another word',
      { thinking: { type: 'adaptive', block_binding: { prefix_mismatch_behavior: 'ignore' } } },
      controls,
      "prefix_mismatch_behavior: Input should be 'error' or 'drop_block'",
    ],
    [
      'with another field',
      { thinking: { type: 'adaptive', block_binding: { x: 1 } } },
      controls,
      'thinking.adaptive.block_binding.x: Extra inputs are not permitted',
    ],
    [
      'where nobody thinks',
      { model: 'claude-opus-5', thinking: { type: 'disabled', block_binding: {} } },
      controls,
      'thinking.disabled.block_binding: Extra inputs are not permitted',
    ],
  ])('is a 400 %s', async (_, change, headers, message) => {
    const error = await errorOf(await send(await simulate(), request({ model, ...change }), headers))
    expect(error).toMatchObject({ status: 400, error: { message: expect.stringContaining(message) } })
  })
})

it('a script can make one request fail as if its thinking had moved', async () => {
  const message = moved('messages.1.content.0')
  const error = await errorOf(await send(await simulate({ script: [httpError(400, { message })] }), request()))
  expect(error).toMatchObject({ status: 400, error: { type: 'invalid_request_error', message } })
})
