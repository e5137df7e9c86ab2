import { describe, expect, it } from 'vitest'
import { TurnstateError } from '../../src/errors.ts'
import { checkOnRefusal, ladderFor, readResetPolicy } from '../../src/refusals/policy.ts'

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
    ['a ladder of one', ['clear']],
    ['a ladder of everything', ['drop-turn', { rewind: 1 }, { rephrase }, 'manual', 'clear']],
    ['a map with nothing but a default', { default: 'drop-turn' }],
    ['a map of policies and ladders', { default: ['drop-turn', 'clear'], cyber: 'manual', null: { rewind: 'all' } }],
    ['a map with a category of tomorrow', { default: { rephrase }, of_tomorrow: 'clear' }],
  ])('takes %s', (_, value) => {
    expect(problemOf(checkOnRefusal, value)).toBeUndefined()
  })

  it.each<readonly [string, unknown, string]>([
    ['a negative rewind', { rewind: -1 }, '{"rewind":-1}'],
    ['half a rewind', { rewind: 1.5 }, '{"rewind":1.5}'],
    ['a rewind of NaN', { rewind: Number.NaN }, 'none'],
    ['a rewind without end', { rewind: Infinity }, 'none'],
    ['a rewind in words', { rewind: 'two' }, '{"rewind":"two"}'],
    ['a rewind with something beside it', { rewind: 1, and: 2 }, '"and":2'],
    ['an unknown word', 'retry', '"retry"'],
    ['an empty word', '', '""'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 7, '7'],
    ['a bare function', rephrase, 'none'],
    ['an empty object', {}, '{}'],
    ['words to rephrase with, where a function belongs', { rephrase: 'Hello' }, '{"rephrase":"Hello"}'],
    ['an empty ladder', [], 'an empty ladder'],
    ['a ladder with a broken rung', ['drop-turn', { rewind: -1 }], '{"rewind":-1}'],
    ['a ladder within a ladder', [['clear']], '["clear"]'],
    ['a map without a default', { cyber: 'clear' }, '{"cyber":"clear"}'],
    ['a map with a broken default', { default: 'sometimes' }, '"sometimes"'],
    ['a map with a broken category', { default: 'clear', bio: 'sometimes' }, '"sometimes"'],
    ['a map with an empty ladder', { default: 'clear', bio: [] }, 'an empty ladder'],
    ['a map within a map', { default: 'clear', bio: { default: 'clear' } }, 'holds no maps'],
    ['what is no JSON', circular, 'none'],
    ['a bigint', 7n, '7'],
  ])('does not take %s, and says what it takes', (_, value, said) => {
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
      '`default`',
    ])
      expect(problem?.message).toContain(right)
  })

  it.each<readonly [string, unknown]>([
    ['alone', { fallback: 'claude-opus-4-8' }],
    ['on a ladder', ['drop-turn', { fallback: 'claude-opus-4-8' }]],
    ['in a map', { default: 'clear', cyber: { fallback: 'claude-opus-4-8' } }],
  ])('says that { fallback } is not available, %s, and what is', (_, value) => {
    const problem = problemOf(checkOnRefusal, value)
    expect(problem?.code).toBe('not-available')
    expect(problem?.message).toContain('{ rephrase }')
    expect(problem?.message).toContain('setModel()')
  })
})

describe('a reset', () => {
  it.each<readonly [string, unknown]>([
    ["'drop-turn'", 'drop-turn'],
    ["'clear'", 'clear'],
    ['a rewind of none', { rewind: 0 }],
    ['a rewind of some', { rewind: 12 }],
    ['a rewind of all', { rewind: 'all' }],
    ['other words', { rephrase: 'Hello' }],
    ['other blocks', { rephrase: [{ type: 'text', text: 'Hello' }] }],
  ])('takes %s', (_, value) => {
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
    ['nothing', undefined],
    ['null', null],
  ])('does not take %s, says what it takes, and that the decision is still open', (_, value) => {
    const problem = problemOf(readResetPolicy, value)
    expect(problem?.code).toBe('policy-invalid')
    for (const right of [
      "'drop-turn'",
      "'clear'",
      '{ rewind: n }',
      "'all'",
      '{ rephrase: text or blocks }',
      'still waits',
    ])
      expect(problem?.message).toContain(right)
  })

  it('has copies of the blocks: what the app does with its own later changes nothing', () => {
    const block = { type: 'text', text: 'Hello' }
    const policy = readResetPolicy({ rephrase: [block] })
    block.text = 'Changed'
    expect(policy).toEqual({ rephrase: [{ type: 'text', text: 'Hello' }] })
  })

  it('says that { fallback } is not available', () => {
    expect(problemOf(readResetPolicy, { fallback: 'claude-opus-4-8' })?.code).toBe('not-available')
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
})
