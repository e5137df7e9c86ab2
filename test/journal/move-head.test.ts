import { describe, expect, it } from 'vitest'
import {
  canMoveHead,
  fold,
  headObstacle,
  moveHead,
  path,
  rewound,
  askings,
  violation,
} from '../../src/journal/index.ts'
import {
  abc,
  askedInstead,
  cameToNothing,
  compaction,
  completed,
  created,
  droppedTurn,
  moved,
  opened,
  refused,
  refusedTurn,
  replied,
  rewoundToA,
  settled,
  text,
  viewOf,
} from './fixtures.ts'

const view = viewOf(...abc)
const withRefused = viewOf(...abc, ...droppedTurn('x', 'c'))
const withDropped = viewOf(...abc, ...cameToNothing('d', 'c'))
const withWithdrawn = viewOf(...rewoundToA)

describe('head can be moved', () => {
  it('to the root, to any kept turn, and to where it stands', () => {
    for (const to of [null, 'a', 'b', 'c']) expect(headObstacle(view, to)).toBeNull()
  })

  it('to another branch and back', () => {
    const branched = viewOf(...abc, moved('c', 'a'), ...completed('d', 'a'))
    expect(moveHead(branched, 'c').head).toBe('c')
    expect(moveHead(moveHead(branched, 'c'), 'd').head).toBe('d')
  })

  it('not to a turn that is unknown or still open', () => {
    expect(headObstacle(view, 'z')).toBe('turn-unknown')
    expect(headObstacle(viewOf(...abc, opened('d', 'c')), 'd')).toBe('turn-unknown')
  })

  it.each([false, true])('never to a refused turn (force: %s)', (force) => {
    expect(headObstacle(withRefused, 'x', { force })).toBe('turn-quarantined')
  })

  it.each([false, true])('not to a turn that was not kept (force: %s)', (force) => {
    expect(headObstacle(withDropped, 'd', { force })).toBe('turn-not-kept')
  })

  it('to a withdrawn turn, or past one, only with force', () => {
    for (const to of ['b', 'c']) {
      expect(headObstacle(withWithdrawn, to)).toBe('turn-withdrawn')
      expect(canMoveHead(withWithdrawn, to, { force: true })).toBe(true)
    }
  })
})

describe('a turn that was opened with force on a withdrawn path', () => {
  const forced = opened('d', 'c', { force: true })

  it('needs the force: without it the journal is damaged', () => {
    expect(violation(withWithdrawn, opened('d', 'c'))).toContain('a turn that a reset withdrew')
    expect(violation(withWithdrawn, forced)).toBeNull()
  })

  it('moves head there once it is kept, and not before', () => {
    expect(viewOf(...rewoundToA, forced).head).toBe('a')
    expect(viewOf(...rewoundToA, forced, replied('d', [text('So')]), settled('d')).head).toBe('d')
  })

  it.each(['refused', 'not kept'])('does not move head when it is %s', (how) => {
    const ending = how === 'refused' ? refused('d') : settled('d', 'failed', { kept: false })
    expect(viewOf(...rewoundToA, forced, ending).head).toBe('a')
  })

  it('is never on a refused path', () => {
    expect(violation(withRefused, opened('d', 'x', { force: true }))).toContain('a refused turn')
  })
})

describe('moveHead', () => {
  it('returns the same view when head cannot move', () => {
    expect(moveHead(withRefused, 'x', { force: true })).toBe(withRefused)
    expect(moveHead(withWithdrawn, 'c')).toBe(withWithdrawn)
    expect(moveHead(view, 'z')).toBe(view)
    expect(moveHead(view, 'c')).toBe(view)
  })

  it('changes nothing but head', () => {
    expect(moveHead(view, 'a')).toEqual({ ...view, head: 'a' })
  })
})

describe('on a path that head entered with force', () => {
  const forced = [...rewoundToA, moved('a', 'c', { force: true })]
  const further = [...forced, ...completed('d', 'c'), ...completed('e', 'd')]

  it('the conversation continues', () => {
    expect(viewOf(...further).head).toBe('e')
  })

  it('a turn can be edited: one more turn with its parent', () => {
    const edited = viewOf(...further, ...completed('f', 'd'))
    expect(path(edited, edited.head).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'f'])
  })

  it.each([1, 2, 3, 4])('a reset still goes back by %i', (depth) => {
    const at = viewOf(...further)
    const { to, withdrawn } = rewound(at, depth)
    const reset = moved('e', to, { cause: 'clear', withdrawn })
    expect(violation(at, reset)).toBeNull()
    expect(fold([reset], at).head).toBe(['d', 'c', 'b', 'a'][depth - 1])
  })

  it('force is needed again once a reset has left it', () => {
    const left = viewOf(...further, moved('e', 'a', { cause: 'clear', withdrawn: ['b', 'c', 'd', 'e'] }))
    for (const to of ['b', 'c', 'd', 'e']) expect(headObstacle(left, to)).toBe('turn-withdrawn')
  })
})

describe('rewound', () => {
  it('by 0 does not move and withdraws nothing', () => {
    expect(rewound(view, 0)).toEqual({ to: 'c', withdrawn: [] })
  })

  it('by n withdraws the last n of the path', () => {
    expect(rewound(view, 1)).toEqual({ to: 'b', withdrawn: ['c'] })
    expect(rewound(view, 2)).toEqual({ to: 'a', withdrawn: ['b', 'c'] })
  })

  it.each([3, 4, 100, 'all'] as const)('by %s goes to the root', (depth) => {
    expect(rewound(view, depth)).toEqual({ to: null, withdrawn: ['a', 'b', 'c'] })
  })

  it('counts turns of users: a compaction or a continuation leaves with its turn', () => {
    const seeded = [created, opened('s', null, { kind: 'seed' }), settled('s'), ...completed('a', 's')]
    const compacted = [
      opened('k', 'a', { kind: 'compaction', input: '' }),
      replied('k', [compaction('They greeted each other.')], { stopReason: 'compaction' }),
      settled('k'),
    ]
    const cut = [opened('b', 'k'), replied('b', [text('Half')], { stopReason: 'max_tokens' }), settled('b')]
    const continued = [
      opened('b~1', 'b', { kind: 'continuation', continues: 'b' }),
      replied('b~1', [text(' and whole.')]),
      settled('b~1'),
    ]
    const at = viewOf(...seeded, ...compacted, ...cut, ...continued)
    expect(rewound(at, 1)).toEqual({ to: 'k', withdrawn: ['b', 'b~1'] })
    expect(rewound(at, 2)).toEqual({ to: 's', withdrawn: ['a', 'k', 'b', 'b~1'] })
    expect(rewound(at, 3)).toEqual({ to: null, withdrawn: ['s', 'a', 'k', 'b', 'b~1'] })
    expect(rewound(at, 1, 'k')).toEqual({ to: 's', withdrawn: ['a', 'k', 'b', 'b~1'] })
  })

  it('at the root has nothing to withdraw', () => {
    expect(rewound(viewOf(created), 'all')).toEqual({ to: null, withdrawn: [] })
    expect(rewound(viewOf(created), 1)).toEqual({ to: null, withdrawn: [] })
  })

  it('counts turns of the path only, not refused, dropped or withdrawn ones', () => {
    expect(rewound(withRefused, 1)).toEqual({ to: 'b', withdrawn: ['c'] })
    expect(rewound(withDropped, 1)).toEqual({ to: 'b', withdrawn: ['c'] })
    expect(rewound(withWithdrawn, 1)).toEqual({ to: null, withdrawn: ['a'] })
  })

  it('always ends where head may move', () => {
    for (const depth of [0, 1, 2, 3, 'all'] as const) expect(canMoveHead(view, rewound(view, depth).to)).toBe(true)
  })

  it('withdraws the whole path for a refused turn at the root, whatever the depth', () => {
    expect(rewound(viewOf(...abc), 1, null)).toEqual({ to: null, withdrawn: ['a', 'b', 'c'] })
  })
})

describe('a reset of a turn on an earlier branch point', () => {
  it('counts from its parent, and also withdraws the turns that the request did not carry', () => {
    expect(rewound(view, 1, 'b')).toEqual({ to: 'a', withdrawn: ['b', 'c'] })
    expect(rewound(view, 0, 'b')).toEqual({ to: 'c', withdrawn: [] })
    expect(rewound(view, 1, null)).toEqual({ to: null, withdrawn: ['a', 'b', 'c'] })
  })
})

describe('how often an input was asked', () => {
  it('counts its rephrasings, and not the retries of a failure', () => {
    const rephrased = viewOf(...abc, ...refusedTurn('x', 'c'), ...askedInstead('y', 'x', 'c'))
    const retried = viewOf(...abc, ...cameToNothing('x', 'c'), opened('y', 'c', { replaces: 'x' }))
    expect([askings(rephrased, 'y').length, askings(retried, 'y').length]).toEqual([2, 1])
  })
})

describe('a path that a reset withdrew in part', () => {
  it('needs force, also from a part that was entered before', () => {
    const withdrawn = viewOf(
      ...abc,
      moved('c', null, { cause: 'clear', withdrawn: ['a', 'b', 'c'] }),
      moved(null, 'a', { force: true }),
    )
    expect(headObstacle(withdrawn, 'b')).toBe('turn-withdrawn')
    expect(headObstacle(withdrawn, 'b', { force: true })).toBeNull()
    expect(headObstacle(withdrawn, 'a')).toBeNull()
  })

  it('needs force even if its last turn was never withdrawn', () => {
    const entered = viewOf(
      ...abc,
      moved('c', 'a', { cause: 'clear', withdrawn: ['b', 'c'] }),
      moved('a', 'b', { force: true }),
      ...completed('d', 'b'),
      moved('d', 'a'),
    )
    expect(entered.withdrawn).toEqual({ b: 'clear', c: 'clear' })
    expect(headObstacle(entered, 'd')).toBe('turn-withdrawn')
  })
})
