import { describe, expect, it } from 'vitest'
import type { Branch } from '../../src/index.ts'
import type { TurnStanding } from '../../src/journal/index.ts'
import { shownOf } from '../../src/web/story/shown-turns.ts'

const items = (...turns: readonly string[]) =>
  turns.flatMap((text) => {
    const [turnId = '', status = 'complete'] = text.split(' ')
    return [
      { id: `${turnId}:user`, turnId, role: 'user', status: 'complete' },
      { id: `${turnId}:assistant`, turnId, role: 'assistant', status },
    ] as Parameters<typeof shownOf>[0]
  })

const branch = (turnId: string, rest: Partial<Branch> = {}): Branch => ({
  turnId,
  status: 'completed',
  current: false,
  tip: turnId,
  obstacle: null,
  ...rest,
})

const standing = (turnId: string, rest: Partial<TurnStanding> = {}): TurnStanding => ({
  turnId,
  branches: [],
  withdrawnBy: null,
  setAside: null,
  repaired: false,
  refusedBefore: false,
  cost: null,
  ...rest,
})

/** Each list is of siblings. */
const book = (...groups: readonly (readonly Branch[])[]) =>
  new Map(groups.flatMap((branches) => branches.map(({ turnId }) => [turnId, standing(turnId, { branches })] as const)))

const all = (...known: readonly TurnStanding[]) => new Map(known.map((each) => [each.turnId, each]))
const words = ({ rows }: ReturnType<typeof shownOf>) => rows.map(({ id, gone }) => `${id} ${gone ?? 'seen'}`)

describe('what is shown of the messages', () => {
  it('counts as part of the context as long as nothing else is known', () => {
    const shown = shownOf(items('t1', 't2'), new Map())
    expect(words(shown)).toEqual(['t1:user seen', 't1:assistant seen', 't2:user seen', 't2:assistant seen'])
    expect(shown.headAfter).toBe(null)
  })

  it('has the line before a refused message, which is out from the moment that its reply is taken back', () => {
    const shown = shownOf(items('t1', 't2 retracted'), new Map())
    expect(words(shown).slice(2)).toEqual(['t2:user refused', 't2:assistant refused'])
    expect(shown.headAfter).toBe(2)
  })

  it('says where a turn has ended without a reply, and gives the reason once', () => {
    const question = { id: 't1:user', turnId: 't1', role: 'user', status: 'complete' } as const
    const at = (status: Branch['status'], rest: Partial<Branch> = {}) =>
      shownOf([question], book([branch('t1', { status, ...rest })])).rows[0]
    expect(at('completed', { current: true })).toMatchObject({ isSilent: true, isEnd: true, gone: null })
    expect(at('open', { current: true })?.isSilent).toBe(false)
    expect(at('stopped', { obstacle: 'turn-not-kept' })).toMatchObject({ isSilent: false, gone: 'not-kept' })
    const { rows } = shownOf(items('t1'), book([branch('t1', { current: true })]))
    expect(rows.map(({ isEnd, isSilent }) => [isEnd, isSilent])).toEqual([
      [false, false],
      [true, false],
    ])
  })

  it('has no line once the conversation has gone on', () => {
    expect(shownOf(items('t1', 't2 retracted', 't3'), new Map()).headAfter).toBe(null)
  })

  it('dims what a reset withdrew, and says when it was cleared', () => {
    const known = all(
      standing('t1', { branches: [branch('t1', { obstacle: 'turn-withdrawn', tip: null })], withdrawnBy: 'refusal' }),
      standing('t2', { branches: [branch('t2', { obstacle: 'turn-withdrawn', tip: null })], withdrawnBy: 'clear' }),
    )
    const shown = shownOf(items('t1', 't2'), known)
    expect(words(shown)).toEqual([
      't1:user withdrawn',
      't1:assistant withdrawn',
      't2:user cleared',
      't2:assistant cleared',
    ])
    expect(shown.headAfter).toBe(0)
    const after = book([branch('t1', { obstacle: 'turn-withdrawn', tip: null })])
    expect(words(shownOf(items('t1'), after))).toEqual(['t1:user withdrawn', 't1:assistant withdrawn'])
  })

  it('says that what was set aside is still seen, as one line, and is no end of the context', () => {
    const current = [branch('t1', { current: true })]
    const shown = shownOf(items('t1'), all(standing('t1', { branches: current, setAside: 'turn' })))
    expect(words(shown)).toEqual(['t1:user set-aside', 't1:assistant set-aside'])
    expect(shown.headAfter).toBe(null)
    const part = shownOf(items('t1'), all(standing('t1', { branches: current, setAside: 'part' })))
    expect(words(part)).toEqual(['t1:user seen', 't1:assistant seen'])
  })

  it('hides other branches with what follows them, and offers the way there under the reply', () => {
    const known = book(
      [branch('t1', { current: true })],
      [branch('t2', { tip: 't3' }), branch('t4', { current: true })],
      [branch('t3')],
    )
    const { rows, elsewhere } = shownOf(items('t1', 't2', 't3', 't4'), known)
    expect(rows.map(({ turnId }) => turnId)).toEqual(['t1', 't1', 't4', 't4'])
    expect(elsewhere).toBe(4)
    expect(rows.map(({ choices }) => choices.length)).toEqual([0, 1, 0, 2])
    expect(rows.at(-1)?.choices[0]).toEqual({ turnId: 't2', tip: 't3' })
  })

  it('shows the answer in progress in the place of the one before', () => {
    const known = book([branch('t1', { current: true }), branch('t2', { status: 'open', current: true, tip: null })])
    const { rows } = shownOf(items('t1', 't2 streaming'), known)
    expect(rows.map(({ turnId }) => turnId)).toEqual(['t2', 't2'])
  })

  it('dims what the conversation went back behind', () => {
    const known = book([branch('t1', { current: true })], [branch('t2')], [branch('t3')])
    const shown = shownOf(items('t1', 't2', 't3'), known)
    expect(words(shown).slice(2)).toEqual([
      't2:user behind',
      't2:assistant behind',
      't3:user behind',
      't3:assistant behind',
    ])
    expect(shown.headAfter).toBe(2)
  })
})
