import { describe, expect, it } from 'vitest'
import { reply, type JsonObject } from '../../src/testing/index.ts'
import { ask, errorOf, request, send, simulate } from './http.ts'

const tools = [{ name: 'look', input_schema: { type: 'object' } }]
const effort = (level: string): JsonObject => ({ output_config: { effort: level } })
const thinking = (type: string): JsonObject => ({
  thinking: type === 'enabled' ? { type, budget_tokens: 1024 } : { type },
})

const always = { thinking: ['adaptive'], forced: false }
const current = { thinking: ['adaptive', 'disabled'], forced: true }

interface Row {
  /** The thinking types that are accepted. */
  readonly thinking: readonly string[]
  /** The highest effort at which thinking may be disabled is `high`. */
  readonly offUpToHigh?: boolean
  /** Whether no level of effort is taken. */
  readonly noEffort?: boolean
  /** Whether a tool may be forced. */
  readonly forced: boolean
  readonly prefill?: boolean
  readonly sampling?: boolean
  /** The 4.5 family: a smaller window, and shorter replies. */
  readonly small?: boolean
}
const four = { thinking: ['adaptive', 'disabled', 'enabled'], forced: true, sampling: true }
const small = { ...four, thinking: ['disabled', 'enabled'], prefill: true, small: true }

const rows: readonly [string, Row][] = [
  ['claude-fable-5-2', always],
  ['claude-mythos-5-2', always],
  ['claude-fable-5-1', always],
  ['claude-mythos-5-1', always],
  ['claude-fable-5', { ...always, forced: true }],
  ['claude-mythos-5', { ...always, forced: true }],
  ['claude-opus-5-5', always],
  ['claude-opus-5', { ...current, offUpToHigh: true }],
  ['claude-sonnet-5-5', { ...always, thinking: ['adaptive', 'between_tools'] }],
  ['claude-sonnet-5', current],
  ['claude-haiku-5-5', { ...current, offUpToHigh: true }],
  ['claude-opus-4-8', current],
  ['claude-opus-4-7', current],
  ['claude-opus-4-6', four],
  ['claude-sonnet-4-6', four],
  ['claude-opus-4-5', small],
  ['claude-haiku-4-5', { ...small, noEffort: true }],
  ['of-tomorrow', current],
]

describe.each(rows)('%s', (model, row) => {
  const statusOf = async (change: JsonObject): Promise<number> =>
    (await send(await simulate({ models: ['of-tomorrow'] }), request({ model, max_tokens: 2000, ...change }))).status
  const when = (taken: boolean | undefined): number => (taken === true ? 200 : 400)

  it.each(['adaptive', 'between_tools', 'disabled', 'enabled'])('with %s thinking', async (type) => {
    expect(await statusOf(thinking(type))).toBe(when(row.thinking.includes(type)))
  })

  it('with thinking disabled, or only between tools, at high effort and above', async () => {
    for (const type of ['disabled', 'between_tools']) {
      const taken = row.thinking.includes(type)
      const bounded = type === 'between_tools' || row.offUpToHigh === true
      expect(await statusOf({ ...thinking(type), ...effort('high') })).toBe(when(taken && row.noEffort !== true))
      for (const level of ['xhigh', 'max'])
        expect(await statusOf({ ...thinking(type), ...effort(level) })).toBe(
          when(taken && !bounded && row.noEffort !== true),
        )
    }
  })

  it.each([{ type: 'any' }, { type: 'tool', name: 'look' }])('with a tool choice of %o', async (choice) => {
    expect(await statusOf({ tools, tool_choice: choice })).toBe(when(row.forced))
    expect(await statusOf({ tools, tool_choice: { type: 'auto' } })).toBe(200)
    if (row.thinking.includes('enabled'))
      expect(await statusOf({ tools, tool_choice: choice, ...thinking('enabled') })).toBe(400)
  })

  it('with a prefill', async () => {
    const messages = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hi' },
    ]
    expect(await statusOf({ messages })).toBe(when(row.prefill))
  })

  it.each(['temperature', 'top_p', 'top_k'])('with %s', async (name) => {
    expect(await statusOf({ [name]: 1 })).toBe(when(row.sampling))
  })

  it('up to its output limit', async () => {
    const most = row.small === true ? 64_000 : 128_000
    expect(await statusOf({ max_tokens: most })).toBe(200)
    expect(await statusOf({ max_tokens: most + 1 })).toBe(400)
  })

  it('up to its window', async () => {
    const most = row.small === true ? 200_000 : 1_000_000
    const content = (tokens: number) => [{ role: 'user', content: 'x'.repeat(tokens * 4) }]
    expect(await statusOf({ messages: content(most - 100) })).toBe(200)
    expect(await statusOf({ messages: content(most) })).toBe(400)
  })
})

describe('the context window', () => {
  it('can be made smaller for all models, and the error has the API’s wording', async () => {
    const simulator = await simulate({ contextWindow: 30, models: ['of-tomorrow'] })
    for (const model of ['claude-opus-5-5', 'of-tomorrow']) {
      expect((await send(simulator, request({ model }))).status).toBe(200)
      const messages = [{ role: 'user', content: 'x'.repeat(200) }]
      expect((await errorOf(await send(simulator, request({ model, messages })))).error).toEqual({
        type: 'invalid_request_error',
        message: expect.stringMatching(/^prompt is too long: \d+ tokens > 30 maximum$/),
      })
    }
  })

  it('can be full before the end of a scripted reply', async () => {
    const step = reply('Half of it', { stopReason: 'model_context_window_exceeded' })
    const { stop_reason: reason } = await ask(await simulate({ script: [step] }), request())
    expect(reason).toBe('model_context_window_exceeded')
  })

  it('does not change the number of images', async () => {
    const data = Buffer.from('GIF89a').toString('base64')
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/gif', data } }
    const messages = [{ role: 'user', content: Array.from({ length: 101 }, () => image) }]
    expect((await send(await simulate({ contextWindow: 100_000 }), request({ messages }))).status).toBe(200)
  })
})
