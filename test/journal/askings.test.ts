import { describe, expect, it } from 'vitest'
import { askings, derivedId, type Fact, type TurnStatus } from '../../src/journal/index.ts'
import {
  abc,
  askedInstead,
  cameToNothing,
  completed,
  opened,
  queued,
  refused,
  refusedTurn,
  replied,
  settled,
  text,
  viewOf,
} from './fixtures.ts'

const askingsOf = (turnId: string, ...facts: readonly Fact[]) =>
  askings(viewOf(...abc, ...facts), turnId).map(({ id }) => id)
const refusedAgain = (turnId: string, replaces: string) => [
  ...askedInstead(turnId, replaces, 'c', `Question ${turnId}`),
  refused(turnId),
]

describe('the askings of an input', () => {
  it('are only the turn itself when it sent the input first', () => {
    expect(askingsOf('x', ...refusedTurn('x', 'c'))).toEqual(['x'])
    expect(askingsOf('c')).toEqual(['c'])
  })

  it('include earlier refused turns with the same input, newest first', () => {
    const facts = [...refusedTurn('x', 'c'), ...refusedAgain('y', 'x'), ...refusedAgain('z', 'y')]
    expect(askingsOf('z', ...facts)).toEqual(['z', 'y', 'x'])
    expect(askingsOf('y', ...facts)).toEqual(['y', 'x'])
  })

  it('begin with the open turn', () => {
    expect(askingsOf('y', ...refusedTurn('x', 'c'), ...askedInstead('y', 'x', 'c'))).toEqual(['y', 'x'])
  })

  it.each<TurnStatus>(['stopped', 'failed', 'interrupted'])(
    'do not go back past a %s turn, because a retry is not a reset',
    (status) => {
      const again = [opened('y', 'c', { replaces: 'd' }), refused('y')]
      expect(askingsOf('y', ...cameToNothing('d', 'c', status), ...again)).toEqual(['y'])
    },
  )

  it('do not go back past a summary between them', () => {
    const summary = [opened('k', 'c', { kind: 'compaction' }), replied('k', [text('So far.')]), settled('k')]
    expect(askingsOf('y', ...summary, opened('y', 'k', { replaces: 'k' }))).toEqual(['y'])
  })

  it('are empty for an unknown turn', () => {
    expect(askingsOf('z')).toEqual([])
  })
})

describe('the id of a turn derived from another', () => {
  it('is the id of the other with a number', () => {
    expect(derivedId(viewOf(...abc), 'a')).toBe('a~1')
  })

  it('differs from the ids of all turns, also open and queued ones', () => {
    const view = viewOf(...abc, ...completed('a~1', 'c'), queued('a~2'), opened('a~3', 'c'))
    expect(derivedId(view, 'a')).toBe('a~4')
  })

  it('does not grow with repeated derivation', () => {
    expect(derivedId(viewOf(...abc, ...completed('a~1', 'c')), 'a~1')).toBe('a~2')
  })
})
