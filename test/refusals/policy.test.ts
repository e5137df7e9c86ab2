import { describe, expect, it } from 'vitest'
import { TurnstateError } from '../../src/errors.ts'
import { checkOnRefusal, ladderFor, type OnRefusal, readResetPolicy, usesFallback } from '../../src/refusals/policy.ts'

/** The error of a check, or nothing where the value is right. */
function problemOf(check: (value: unknown) => void, value: unknown): TurnstateError | undefined {
  try {
    check(value)
    return undefined
  } catch (error) {
    if (TurnstateError.is(error)) return error
    throw error
  }
}

const rephrase = () => null
const circular: unknown[] = []
circular.push({ circular })

describe('onRefusal', () => {
  it.each<readonly [string, unknown]>([
    ["'drop-turn'", 'drop-turn'],
    ["'clear'", 'clear'],
    ["'manual'", 'manual'],
    ['a rewind of none', { rewind: 0 }],
    ['a rewind of some', { rewind: 3 }],
    ['a rewind of all', { rewind: 'all' }],
    ['a rephrase function', { rephrase }],
    ['a fallback', { fallback: [{ model: 'm2' }] }],
    ['a fallback to several models, in order', { fallback: [{ model: 'm2' }, { model: 'm3' }], from: 'this-turn' }],
    ['a fallback from the next turn', { fallback: [{ model: 'm2' }], from: 'next-turn' }],
    ['a ladder of one', ['clear']],
    [
      'a ladder of everything',
      ['drop-turn', { rewind: 1 }, { rephrase }, { fallback: [{ model: 'm2' }] }, 'manual', 'clear'],
    ],
    ['a map with nothing but a default', { default: 'drop-turn' }],
    ['a map of policies and ladders', { default: ['drop-turn', 'clear'], cyber: 'manual', null: { rewind: 'all' } }],
    ['a map with a category of tomorrow', { default: { rephrase }, of_tomorrow: 'clear' }],
  ])('accepts %s', (_, value) => {
    expect(problemOf(checkOnRefusal, value)).toBeUndefined()
  })

  it.each<readonly [string, unknown, string]>([
    ['a negative rewind', { rewind: -1 }, '{"rewind":-1}'],
    ['half a rewind', { rewind: 1.5 }, '{"rewind":1.5}'],
    ['a rewind of NaN', { rewind: Number.NaN }, '{"rewind":"NaN"}'],
    ['a rewind without end', { rewind: Infinity }, '{"rewind":null}'],
    ['a rewind in words', { rewind: 'two' }, '{"rewind":"two"}'],
    ['a rewind with something beside it', { rewind: 1, and: 2 }, '"and":2'],
    ['an unknown word', 'retry', '"retry"'],
    ['an empty word', '', '""'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 7, '7'],
    ['a bare function', rephrase, 'got () => null'],
    ['an empty object', {}, '{}'],
    ['words to rephrase with, where a function belongs', { rephrase: 'Hello' }, '{"rephrase":"Hello"}'],
    ['a fallback to a bare name', { fallback: 'm2' }, '{"fallback":"m2"}'],
    ['a fallback to a model without a name', { fallback: [{ model: ' ' }] }, '{"fallback":[{"model":" "}]}'],
    ['a fallback with something beside it', { fallback: [{ model: 'm2' }], rewind: 1 }, '"rewind":1'],
    ['a fallback from some time', { fallback: [{ model: 'm2' }], from: 'tomorrow' }, '"tomorrow"'],
    ['an empty ladder', [], 'an empty ladder'],
    ['a ladder with a broken rung', ['drop-turn', { rewind: -1 }], '{"rewind":-1}'],
    ['a ladder within a ladder', [['clear']], '["clear"]'],
    ['a map without a default', { cyber: 'clear' }, '{"cyber":"clear"}'],
    ['a map with a broken default', { default: 'sometimes' }, '"sometimes"'],
    ['a map with a broken category', { default: 'clear', bio: 'sometimes' }, '"sometimes"'],
    ['a map with nothing for a category', { default: 'clear', bio: null }, 'null'],
    ['a map with an empty ladder', { default: 'clear', bio: [] }, 'an empty ladder'],
    ['a map within a map', { default: 'clear', bio: { default: 'clear' } }, 'a map inside a map'],
    ['what is no JSON', circular, 'got a value of the type object'],
    ['a bigint', 7n, '7'],
  ])('rejects %s with a message that lists the policies', (_, value, said) => {
    const problem = problemOf(checkOnRefusal, value)
    expect(problem?.code).toBe('policy-invalid')
    expect(problem?.message).toContain(said)
    for (const right of [
      "'drop-turn'",
      "'clear'",
      "'manual'",
      '{ rewind: n }',
      "'all'",
      '{ rephrase: function }',
      '{ fallback: [{ model }] }',
      '`default`',
    ])
      expect(problem?.message).toContain(right)
  })
})

describe('checks that the models of a fallback', () => {
  const toModels = (...models: readonly string[]) => ({ fallback: models.map((model) => ({ model })) })
  const codeOf = (value: unknown, mainModel?: string) =>
    problemOf((given) => checkOnRefusal(given, mainModel), value)?.code

  it.each<readonly [string, unknown]>([
    ['alone', toModels()],
    ['on a ladder', ['drop-turn', toModels()]],
    ['in a map', { default: 'clear', cyber: toModels() }],
    ['on a ladder in a map', { default: ['clear', toModels()] }],
  ])('are at least one, %s', (_, value) => {
    expect(codeOf(value)).toBe('fallback-empty')
  })

  it.each<readonly [string, unknown]>([
    ['alone', toModels('m1')],
    ['among others', toModels('m2', 'm1')],
    ['on a ladder', ['drop-turn', toModels('m1')]],
    ['in a map', { default: 'clear', cyber: toModels('m1') }],
  ])('differ from the main model, %s', (_, value) => {
    expect(codeOf(value, 'm1')).toBe('fallback-same-model')
    expect(codeOf(value, 'm9')).toBeUndefined()
    expect(codeOf(value)).toBeUndefined()
  })

  it('are each named once', () => {
    expect(codeOf(toModels('m2', 'm3', 'm2'), 'm1')).toBe('fallback-same-model')
    expect(codeOf(toModels('m2', 'm2'))).toBe('fallback-same-model')
  })

  it('are named in the error', () => {
    const problem = problemOf((value) => checkOnRefusal(value, 'm1'), toModels('m2', 'm1'))
    expect(problem?.message).toContain('m1')
    expect(problem?.message).not.toContain('m2')
  })

  it('may appear again in another category', () => {
    expect(codeOf({ default: toModels('m2'), cyber: toModels('m2', 'm3') }, 'm1')).toBeUndefined()
  })
})

describe('usesFallback()', () => {
  const fallback = { fallback: [{ model: 'm2' }] } as const

  it.each<readonly [string, OnRefusal, boolean]>([
    ['alone', fallback, true],
    ['on a ladder', ['drop-turn', fallback], true],
    ['in a map', { default: 'clear', cyber: fallback }, true],
    ['on a ladder in a map', { default: 'clear', cyber: ['clear', fallback] }, true],
    ['not a word', 'clear', false],
    ['not a ladder of others', ['drop-turn', { rewind: 1 }, { rephrase }], false],
    ['not a map of others', { default: ['clear', 'manual'], cyber: 'manual' }, false],
  ])('finds a fallback or none: %s', (_, onRefusal, uses) => {
    expect(usesFallback(onRefusal)).toBe(uses)
  })
})

describe('readResetPolicy()', () => {
  it.each<readonly [string, unknown]>([
    ["'drop-turn'", 'drop-turn'],
    ["'clear'", 'clear'],
    ['a rewind of none', { rewind: 0 }],
    ['a rewind of some', { rewind: 12 }],
    ['a rewind of all', { rewind: 'all' }],
    ['other words', { rephrase: 'Hello' }],
    ['other blocks', { rephrase: [{ type: 'text', text: 'Hello' }] }],
  ])('accepts %s', (_, value) => {
    expect(problemOf(readResetPolicy, value)).toBeUndefined()
  })

  it.each<readonly [string, unknown]>([
    ["'manual', which decides nothing", 'manual'],
    ['a negative rewind', { rewind: -1 }],
    ['half a rewind', { rewind: 1.5 }],
    ['a rewind of NaN', { rewind: Number.NaN }],
    ['an unknown word', 'rewind'],
    ['a function', { rephrase }],
    ['no words', { rephrase: '' }],
    ['blanks', { rephrase: ' \n' }],
    ['no blocks', { rephrase: [] }],
    ['blocks without a type', { rephrase: [{ text: 'Hello' }] }],
    ['blocks that say nothing', { rephrase: [{ type: 'text', text: ' ' }] }],
    ['blocks that are no message', { rephrase: [{ type: 'tool_result', tool_use_id: 'x' }] }],
    ['a ladder', ['drop-turn']],
    ['a map', { default: 'clear' }],
    ['a fallback to nothing', { fallback: ' ' }],
    ['a fallback to several models', { fallback: [{ model: 'm2' }, { model: 'm3' }] }],
    ['a fallback with something beside it', { fallback: 'm2', rewind: 1 }],
    ['a fallback from some time', { fallback: 'm2', from: 'tomorrow' }],
    ['nothing', undefined],
    ['null', null],
  ])('rejects %s with a message that lists the policies and says that the decision is still open', (_, value) => {
    const problem = problemOf(readResetPolicy, value)
    expect(problem?.code).toBe('policy-invalid')
    for (const right of [
      "'drop-turn'",
      "'clear'",
      '{ rewind: n }',
      "'all'",
      '{ rephrase: text or blocks }',
      '{ fallback: model, from }',
      'still waits',
    ])
      expect(problem?.message).toContain(right)
  })

  it('copies the blocks, so that later changes by the app have no effect', () => {
    const block = { type: 'text', text: 'Hello' }
    const policy = readResetPolicy({ rephrase: [block] })
    block.text = 'Changed'
    expect(policy).toEqual({ rephrase: [{ type: 'text', text: 'Hello' }] })
  })

  it.each(['this-turn', 'next-turn'] as const)('accepts a fallback from %s', (from) => {
    expect(readResetPolicy({ fallback: 'm2', from })).toEqual({ fallback: 'm2', from })
  })

  it('uses from: this-turn by default', () => {
    expect(readResetPolicy({ fallback: 'm2' })).toEqual({ fallback: 'm2', from: 'this-turn' })
  })
})

describe('the ladder for a category', () => {
  it('is the policy, the ladder, or the entry of the map', () => {
    expect(ladderFor('clear', 'cyber')).toEqual(['clear'])
    expect(ladderFor(['clear', 'manual'], 'cyber')).toEqual(['clear', 'manual'])
    expect(ladderFor({ default: 'clear', cyber: ['manual'] }, 'cyber')).toEqual(['manual'])
    expect(ladderFor({ default: 'clear', null: 'manual' }, null)).toEqual(['manual'])
    expect(ladderFor({ default: 'clear', cyber: 'manual' }, 'hasOwnProperty')).toEqual(['clear'])
  })

  it('has one rung for each model of a fallback', () => {
    const fallback = { fallback: [{ model: 'm2' }, { model: 'm3' }] } as const
    const rungs = ['m2', 'm3'].map((name) => ({ fallback: name, from: 'this-turn' }))
    expect(ladderFor(fallback, null)).toEqual(rungs)
    expect(ladderFor(['drop-turn', fallback, 'clear'], null)).toEqual(['drop-turn', ...rungs, 'clear'])
    expect(ladderFor({ ...fallback, from: 'next-turn' }, null)).toEqual(
      rungs.map((rung) => ({ ...rung, from: 'next-turn' })),
    )
  })
})
