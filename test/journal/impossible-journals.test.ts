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
import { moves, queueing } from './impossible/moves.ts'
import { openings, endings } from './impossible/turns.ts'

const cases = [...openings, ...endings, ...calls, ...moves, ...queueing].map(
  ([rule, before, impossible, why, possible, otherwise = before]) => ({
    rule,
    before,
    impossible,
    why,
    possible,
    otherwise,
  }),
)

describe('what can not have happened', () => {
  it.each(cases)('damages a journal: $rule', ({ before, impossible, why }) => {
    expect(fold(before).revision).toBe(before.length)
    const error = thrownBy(() => fold([...before, impossible]))
    expect(error).toMatchObject({ code: 'journal-damaged', details: { factIndex: before.length } })
    expect(String(error)).toContain(why)
  })

  it.each(cases)('is told from what can: $rule', ({ possible, otherwise }) => {
    expect(fold([...otherwise, possible]).revision).toBe(otherwise.length + 1)
  })

  it.each(cases)('is not recorded either: $rule', ({ before, impossible, why }) => {
    const error = thrownBy(() => appendFacts(fold(before), [impossible]))
    expect(error).toMatchObject({ code: 'internal-error', details: { factIndex: before.length } })
    expect(String(error)).toContain(why)
  })

  it('is found among facts that can: none of them is recorded', () => {
    const view = fold(abc)
    expect(thrownBy(() => appendFacts(view, [...completed('d', 'c'), settled('d')]))).toMatchObject({
      code: 'internal-error',
      details: { factIndex: abc.length + 3 },
    })
    expect(view).toEqual(fold(abc))
  })
})

describe('what is asked instead of a refused turn', () => {
  it('may be blocks, as the policy has them', () => {
    const words = [text('Other'), text('words')]
    const facts = [...undecided, decided('x', 'c', { rephrase: words })]
    expect(fold([...facts, opened('y', 'c', { replaces: 'x', input: words })]).open?.id).toBe('y')
  })

  it('may be refused, and asked otherwise again', () => {
    const chain = [
      ...undecided,
      ...askedInstead('y', 'x', 'c'),
      refused('y'),
      ...askedOther('z', 'y', 'c', 'Other words'),
    ]
    expect(fold(chain).open).toMatchObject({ id: 'z', replaces: 'y' })
  })
})
