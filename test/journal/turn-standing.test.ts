import { describe, expect, it } from 'vitest'
import { type Fact, turnStandings } from '../../src/journal/index.ts'
import { abc, created, model, moved, opened, refused, replied, settled, text, tokens, viewOf } from './fixtures.ts'

const prices = { [model]: { input: 1_000_000, output: 2_000_000, cacheRead: 0, cacheWrite: 0 } }
const standing = (turnId: string, ...facts: readonly Fact[]) => turnStandings(viewOf(...facts), [turnId], prices)[0]

const rejected = (turnId: string): Fact => ({
  type: 'request.rejected',
  turnId,
  attempt: 1,
  model,
  failure: { code: 'request-invalid', message: 'No.' },
  fields: {},
  thinking: false,
})

describe('where a turn stands', () => {
  it('says which reset withdrew it, and what that was for', () => {
    const cleared = [...abc, moved('c', 'a', { cause: 'clear', withdrawn: ['b', 'c'] })]
    expect(standing('b', ...cleared)).toMatchObject({
      withdrawnBy: 'clear',
      branches: [{ obstacle: 'turn-withdrawn' }],
    })
    expect(standing('a', ...cleared)).toMatchObject({ withdrawnBy: null, branches: [{ current: true }] })
    const reset = { cause: 'refusal', turnId: 'x', policy: { rewind: 1 }, withdrawn: ['c'] } as const
    const afterRefusal = [...abc, opened('x', 'c'), refused('x'), moved('c', 'b', reset)]
    expect(standing('c', ...afterRefusal)?.withdrawnBy).toBe('refusal')
    expect(standing('x', ...afterRefusal)?.withdrawnBy).toBe(null)
  })

  it('says by which reset it left last, where it had come back by force', () => {
    const facts = [
      ...abc,
      moved('c', 'b', { cause: 'rejection', turnId: 'c', policy: { rewind: 1 }, withdrawn: ['c'] }),
      moved('b', 'c', { force: true }),
      moved('c', 'b', { cause: 'clear', withdrawn: ['c'] }),
    ]
    expect(standing('c', ...facts)?.withdrawnBy).toBe('clear')
  })

  it('prices all requests of the turn, and none of others', () => {
    expect(standing('b', ...abc)?.cost).toBe(tokens.inputTokens + 2 * tokens.outputTokens)
    expect(turnStandings(viewOf(...abc), ['b'], {})[0]?.cost).toBe(null)
  })

  it('says what the API did not accept of it: all, or a part', () => {
    const aside = (...parts: readonly `turn:${string}`[]): Fact => ({
      type: 'context.setAside',
      turnId: 'd',
      parts: parts as Extract<Fact, { type: 'context.setAside' }>['parts'],
    })
    const facts = [...abc, opened('d', 'c'), rejected('d'), aside('turn:b', 'media:a' as 'turn:a')]
    expect(standing('a', ...facts)?.setAside).toBe('part')
    expect(standing('b', ...facts)?.setAside).toBe('turn')
    expect(standing('c', ...facts)?.setAside).toBe(null)
    expect(standing('d', ...facts)?.repaired).toBe(false)
    const answered = [...facts, replied('d', [text('Yes.')]), settled('d')]
    expect(standing('d', ...answered)?.repaired).toBe(true)
  })

  it('says that its words were refused before, and not of words that were refused later', () => {
    const asked = { input: 'The same' }
    const facts = [
      ...abc,
      opened('x', 'c', asked),
      refused('x'),
      moved('c', 'c', { cause: 'refusal', turnId: 'x', policy: 'drop-turn' }),
      opened('y', 'c', asked),
      replied('y', [text('Well.')]),
      settled('y'),
    ]
    expect(standing('x', ...facts)?.refusedBefore).toBe(false)
    expect(standing('y', ...facts)?.refusedBefore).toBe(true)
    expect(standing('a', ...facts)?.refusedBefore).toBe(false)
  })

  it('knows the open turn, and leaves out what it does not know', () => {
    const view = viewOf(created, opened('a', null))
    expect(turnStandings(view, ['z', 'a', 'a'], prices).map(({ turnId, cost }) => [turnId, cost])).toEqual([['a', 0]])
  })
})
