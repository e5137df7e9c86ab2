import { describe, expect, it } from 'vitest'
import { fold, appendFacts } from '../../src/journal/index.ts'
import {
  abc,
  askedInstead,
  askedOther,
  completed,
  decided,
  opened,
  refused,
  settled,
  text,
  thrownBy,
} from './fixtures.ts'
import { undecided } from './impossible/beginnings.ts'
import { calls } from './impossible/calls.ts'
import { handingOver, moves, queueing } from './impossible/moves.ts'
import { openings, endings } from './impossible/turns.ts'

const cases = [...openings, ...endings, ...calls, ...moves, ...queueing, ...handingOver].map(
  ([rule, before, impossible, why, possible, otherwise = before]) => ({
    rule,
    before,
    impossible,
    why,
    possible,
    otherwise,
  }),
)

describe('a fact that breaks a rule', () => {
  it.each(cases)('damages a journal: $rule', ({ before, impossible, why }) => {
    expect(fold(before).revision).toBe(before.length)
    const error = thrownBy(() => fold([...before, impossible]))
    expect(error).toMatchObject({ code: 'journal-damaged', details: { factIndex: before.length } })
    expect(String(error)).toContain(why)
  })

  it.each(cases)('is distinguished from one that follows the rule: $rule', ({ possible, otherwise }) => {
    expect(fold([...otherwise, possible]).revision).toBe(otherwise.length + 1)
  })

  it.each(cases)('is not recorded: $rule', ({ before, impossible, why }) => {
    const error = thrownBy(() => appendFacts(fold(before), [impossible]))
    expect(error).toMatchObject({ code: 'internal-error', details: { factIndex: before.length } })
    expect(String(error)).toContain(why)
  })

  it('prevents the recording of all facts of its batch', () => {
    const view = fold(abc)
    expect(thrownBy(() => appendFacts(view, [...completed('d', 'c'), settled('d')]))).toMatchObject({
      code: 'internal-error',
      details: { factIndex: abc.length + 3 },
    })
    expect(view).toEqual(fold(abc))
  })
})

describe('the rephrasing of a refused turn', () => {
  it('may have blocks, as in the policy', () => {
    const words = [text('Other'), text('words')]
    const facts = [...undecided, decided('x', 'c', { rephrase: words })]
    expect(fold([...facts, opened('y', 'c', { replaces: 'x', input: words })]).open?.id).toBe('y')
  })

  it('may be refused and rephrased again', () => {
    const chain = [
      ...undecided,
      ...askedInstead('y', 'x', 'c'),
      refused('y'),
      ...askedOther('z', 'y', 'c', 'Other words'),
    ]
    expect(fold(chain).open).toMatchObject({ id: 'z', replaces: 'y' })
  })
})
