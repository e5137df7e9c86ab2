import { describe, expect, it } from 'vitest'
import { fitToModel, takesSystemMessages } from '../../src/claude/model-limits.ts'
import { rulesOf } from '../../src/testing/api/models.ts'
import type { RequestFields } from '../../src/claude/request-fields.ts'

const adaptive = { type: 'adaptive' } as const
const enabled = { type: 'enabled', budget_tokens: 2_000 } as const
const fit = (model: string, fields: object, maxTokens = 4_000) => fitToModel(model, maxTokens, fields as RequestFields)

describe('system messages', () => {
  it.each([
    'claude-fable-5-2',
    'claude-mythos-5-1',
    'claude-opus-5-5',
    'claude-sonnet-5-5',
    'claude-haiku-5-5',
    'claude-fable-5',
    'claude-opus-5',
    'claude-sonnet-5',
    'claude-sonnet-5-20260601',
    'claude-opus-4-8',
    'claude-sonnet-4-6',
    'claude-haiku-4-5',
    'some-gateway-model',
  ])('are supported by %s exactly when the API accepts them', (model) => {
    const served = model === 'claude-sonnet-5-20260601' ? 'claude-sonnet-5' : model
    const known = rulesOf(served, { models: ['some-gateway-model'] })
    expect(takesSystemMessages(model)).toBe(known?.systemMessages)
  })
})

describe('a request adapted to a model', () => {
  it.each([
    ['claude-haiku-4-5', { thinking: adaptive }, ['thinking']],
    ['claude-haiku-4-5-20251001', { thinking: adaptive }, ['thinking']],
    ['claude-sonnet-4-5', { thinking: enabled, temperature: 0 }, []],
    ['claude-opus-4-6', { thinking: adaptive, top_k: 3 }, []],
    ['claude-opus-4-8', { thinking: enabled }, ['thinking']],
    ['claude-opus-4-7', { temperature: 0, top_p: 1, top_k: 3 }, ['temperature', 'top_p', 'top_k']],
    ['claude-opus-5', { thinking: { type: 'disabled' } }, []],
    ['claude-sonnet-5', { thinking: enabled }, ['thinking']],
    ['claude-opus-5-5', { thinking: { type: 'disabled' } }, ['thinking']],
    ['claude-opus-5-5', { thinking: adaptive }, []],
    ['claude-fable-5-2', { tool_choice: { type: 'any' } }, ['tool_choice']],
    ['claude-sonnet-5-5', { tool_choice: { type: 'auto' } }, []],
    ['claude-haiku-5-5', { thinking: { type: 'between_tools' } }, ['thinking']],
    ['some-gateway-model', { thinking: enabled, temperature: 0, tool_choice: { type: 'any' } }, []],
  ])('%s with %o loses %o', (model, fields, left) => {
    const { fields: kept, left: told } = fit(model, { system: 's', ...fields })
    expect(told).toEqual(left)
    expect(kept).toEqual({
      system: 's',
      ...Object.fromEntries(Object.entries(fields).filter(([name]) => !(left as readonly string[]).includes(name))),
    })
  })

  it.each([
    ['claude-haiku-4-5', 64_000],
    ['claude-opus-4-8', 128_000],
    ['some-gateway-model', 200_000],
  ])('asks %s for at most %i of 200,000 tokens', (model, most) => {
    expect(fit(model, {}, 200_000)).toMatchObject({ maxTokens: most, left: most < 200_000 ? ['max_tokens'] : [] })
  })

  it('keeps a thinking budget only when it is below max_tokens', () => {
    const thinking = { type: 'enabled', budget_tokens: 80_000 }
    expect(fit('claude-haiku-4-5', { thinking }, 100_000)).toEqual({
      maxTokens: 64_000,
      fields: {},
      left: ['thinking', 'max_tokens'],
    })
  })

  it('is the same object when nothing is removed', () => {
    const fields = { system: 's' }
    expect(fitToModel('claude-haiku-4-5', 10, fields).fields).toBe(fields)
  })
})
