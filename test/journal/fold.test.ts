import { describe, expect, it } from 'vitest'
import {
  emptyView,
  type Fact,
  findTurn,
  fold,
  isTaken,
  lastTurn,
  noUsage,
  path,
  step,
} from '../../src/journal/index.ts'
import {
  abc,
  answered,
  askedInstead,
  call,
  cameToNothing,
  completed,
  created,
  dropped,
  droppedTurn,
  idsOf,
  moved,
  opened,
  queued,
  refusal,
  refused,
  refusedTurn,
  replied,
  result,
  rewoundToA,
  settled,
  text,
  tokens,
  viewOf,
} from './fixtures.ts'

describe('fold', () => {
  it('returns the empty view for no facts', () => {
    expect(fold([])).toBe(emptyView)
  })

  it('counts facts as the revision and continues from a view', () => {
    expect(fold(abc.slice(4), fold(abc.slice(0, 4)))).toEqual(fold(abc))
    expect(fold(abc).revision).toBe(abc.length)
  })

  it('gives the same view for stored JSON as stepping through the facts', () => {
    const facts = [
      ...rewoundToA,
      queued('q'),
      opened('d', 'a'),
      replied('d', [call('t1')]),
      answered('d', result('t1')),
    ]
    expect(fold(JSON.parse(JSON.stringify(facts)))).toEqual(facts.reduce(step, emptyView))
  })

  it('accepts fields that a later minor release added', () => {
    expect(fold([{ ...created, region: 'eu' }]).id).toBe('c1')
  })

  it('does not change the view before it', () => {
    const before = viewOf(...abc)
    const copy = structuredClone(before)
    fold([opened('d', 'c'), replied('d', [text('x')]), settled('d')], before)
    expect(before).toEqual(copy)
  })
})

describe('each fact', () => {
  it('conversation.created names the conversation and its model', () => {
    expect(viewOf(created)).toMatchObject({ id: 'c1', model: 'claude-opus-5-5', turns: [], head: null, revision: 1 })
  })

  it('turn.opened opens a turn apart from the settled ones', () => {
    const failed = cameToNothing('f', 'c')
    const opening = opened('d', 'c', { metadata: { from: 'web' }, replaces: 'f', kind: 'compaction' })
    const view = viewOf(...abc, ...failed, opening)
    expect(view.open).toEqual({
      id: 'd',
      parent: 'c',
      kind: 'compaction',
      input: 'Question d',
      openedAt: 1,
      steps: [],
      status: 'open',
      kept: false,
      usage: noUsage,
      attempts: [],
      ran: [],
      rejected: 0,
      replaces: 'f',
      metadata: { from: 'web' },
    })
    expect(idsOf(view)).toEqual(['a', 'b', 'c', 'f'])
    expect(view.head).toBe('c')
    expect(findTurn(view, 'd')).toBe(view.open)
  })

  it('reply.recorded and toolResults.recorded are the steps of the open turn', () => {
    const reply = replied('a', [call('t1')], { container: 'box', structured: true })
    const { open } = viewOf(created, opened('a', null), reply, answered('a', result('t1')))
    const { type: _type, turnId: _turnId, ...recorded } = reply as Extract<Fact, { type: 'reply.recorded' }>
    expect(open?.steps).toEqual([
      { role: 'assistant', ...recorded },
      { role: 'user', content: [result('t1')] },
    ])
    expect(open?.usage).toEqual(tokens)
  })

  it('turn.settled joins the open turn to the others and moves head onto it', () => {
    const view = viewOf(created, ...completed('a', null))
    expect(view).toMatchObject({ open: null, head: 'a', turns: [{ id: 'a', status: 'completed', kept: true }] })
    expect(lastTurn(view)?.id).toBe('a')
  })

  it.each(['stopped', 'failed', 'interrupted'] as const)(
    'a %s turn moves head when it is kept, and only then',
    (status) => {
      const facts = [...abc, opened('d', 'c'), replied('d', [text('So')])]
      expect(viewOf(...facts, settled('d', status)).head).toBe('d')
      expect(viewOf(...facts, settled('d', status, { kept: false })).head).toBe('c')
    },
  )

  it('a failed turn has its failure', () => {
    const failure = { code: 'overloaded', message: 'Busy.', status: 529 } as const
    expect(viewOf(created, opened('a', null), settled('a', 'failed', { kept: false, failure })).turns).toMatchObject([
      { failure },
    ])
  })

  it('a refused turn is quarantined, undecided, and never moves head', () => {
    const view = viewOf(...abc, ...refusedTurn('x', 'c'))
    expect(view).toMatchObject({ head: 'c', quarantine: ['x'], undecided: 'x', refusalsInARow: 1 })
    expect(lastTurn(view)).toMatchObject({ id: 'x', status: 'refused', kept: false, refusal })
  })

  it('head.moved moves head, adds to the withdrawn and answers the refusal', () => {
    const facts = [...abc, ...refusedTurn('x', 'c')]
    const reset = { cause: 'refusal', turnId: 'x', policy: { rewind: 1 }, withdrawn: ['c'] } as const
    expect(viewOf(...facts)).toMatchObject({ head: 'c', withdrawn: {}, undecided: 'x' })
    expect(viewOf(...facts, moved('c', 'b', reset))).toMatchObject({
      head: 'b',
      withdrawn: { c: 'refusal' },
      undecided: null,
    })
  })

  it('model.switched changes the model of later requests', () => {
    const switched = { type: 'model.switched', from: 'claude-opus-5-5', to: 'claude-haiku-5-5', cause: 'user' } as const
    expect(viewOf(created, switched).model).toBe('claude-haiku-5-5')
  })

  it('approval.requested waits until approval.decided, or until its turn settles', () => {
    const asked = ['t1', 't2'].map((callId): Fact => ({ type: 'approval.requested', turnId: 'a', callId }))
    const facts = [created, opened('a', null), replied('a', [call('t1'), call('t2')]), ...asked]
    expect(viewOf(...facts).awaitingApproval).toEqual(['t1', 't2'])
    const decided: Fact = { type: 'approval.decided', turnId: 'a', callId: 't1', approved: false, reason: 'No.' }
    expect(viewOf(...facts, decided).awaitingApproval).toEqual(['t2'])
    expect(viewOf(...facts, decided, settled('a', 'stopped')).awaitingApproval).toEqual([])
  })

  it('input.queued waits in the queue, and its turn takes it from there', () => {
    const view = viewOf(created, queued('q1'), queued('q2'))
    expect(view.queue).toEqual([
      { turnId: 'q1', input: 'Question q1', at: 2 },
      { turnId: 'q2', input: 'Question q2', at: 2 },
    ])
    expect(isTaken(view, 'q1')).toBe(true)
    expect(fold([opened('q1', null)], view).queue).toMatchObject([{ turnId: 'q2' }])
  })

  it('input.withdrawn takes one input from the queue', () => {
    expect(viewOf(created, queued('q1'), queued('q2'), { type: 'input.withdrawn', turnId: 'q1' }).queue).toMatchObject([
      { turnId: 'q2' },
    ])
  })
})

describe('step', () => {
  const view = viewOf(...abc)

  it.each([
    replied('z', [text('x')]),
    answered('z', result('t1')),
    settled('z'),
    moved('c', 'z'),
    { type: 'input.withdrawn', turnId: 'z' } as const,
  ])('changes nothing but the revision for a fact that does not fit: $type', (fact) => {
    expect(step(view, fact)).toEqual({ ...view, revision: view.revision + 1 })
  })

  it('never keeps a refused turn, whatever the fact says', () => {
    const after = [opened('x', 'c'), settled('x', 'refused', { refusal })].reduce(step, view)
    expect(after).toMatchObject({ head: 'c', quarantine: ['x'] })
    expect(lastTurn(after)?.kept).toBe(false)
  })
})

describe('settled turns', () => {
  it('are frozen at every level', () => {
    const facts = [created, opened('a', null, { input: [text('Hi')], metadata: { deep: { down: [1] } } })]
    const { turns } = viewOf(...facts, replied('a', [call('t1', { input: { list: [{}] } })]), settled('a', 'stopped'))
    const thawed: unknown[] = []
    const look = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return
      if (!Object.isFrozen(value)) thawed.push(value)
      Object.values(value).forEach(look)
    }
    look(turns[0])
    expect(thawed).toEqual([])
  })

  it('are shared, not copied, whatever happens later', () => {
    const before = viewOf(...abc)
    const later = fold(
      [moved('c', null, { cause: 'clear', withdrawn: ['a', 'b', 'c'] }), ...completed('d', null)],
      before,
    )
    expect(idsOf(later)).toEqual(['a', 'b', 'c', 'd'])
    before.turns.forEach((turn, index) => expect(later.turns[index]).toBe(turn))
  })
})

const inARow = (...facts: readonly Fact[]) => viewOf(created, ...facts).refusalsInARow

describe('refusals in a row', () => {
  it('keep counting over resets and over stopped, failed or interrupted turns', () => {
    const cut = (['stopped', 'failed', 'interrupted'] as const).flatMap((status) => cameToNothing(status, null, status))
    expect(inARow(...droppedTurn('x', null), ...cut, ...refusedTurn('y', null))).toBe(2)
  })

  it('start again after a completed turn', () => {
    expect(inARow(...droppedTurn('x', null), ...completed('a', null))).toBe(0)
    expect(inARow(...droppedTurn('x', null), ...completed('a', null), ...refusedTurn('y', 'a'))).toBe(1)
  })
})

describe('usage', () => {
  it('of a turn is the sum of its replies and of unrecorded replies; of the conversation, the sum of its turns', () => {
    const facts = [opened('a', null), replied('a', [call('t')]), answered('a', result('t')), replied('a', [text('x')])]
    const lost = { inputTokens: 1, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, estimated: true } as const
    const view = viewOf(created, ...facts, settled('a', 'stopped', { usage: lost }), ...completed('b', 'a'))
    const cost = { inputTokens: 21, outputTokens: 10, cacheReadTokens: 4, cacheWriteTokens: 2, estimated: true }
    expect(view.turns[0]?.usage).toEqual(cost)
    expect(view.usage).toEqual({ ...cost, inputTokens: 31, outputTokens: 15, cacheReadTokens: 6, cacheWriteTokens: 3 })
  })

  it('of a refused turn counts, and so does that of a withdrawn one', () => {
    const view = viewOf(...rewoundToA, opened('x', 'a'), {
      ...settled('x', 'refused'),
      kept: false,
      refusal,
      usage: tokens,
    })
    expect(view.usage.inputTokens).toBe(40)
  })
})

const withdrawn = (turnId: string): Fact => ({ type: 'input.withdrawn', turnId })

describe('the queue', () => {
  const wrong = {
    refused: refused('x'),
    failed: settled('x', 'failed', { kept: false }),
    interrupted: settled('x', 'interrupted', { kept: false }),
  }

  it.each(Object.entries(wrong))('is held after a turn was %s', (_, end) => {
    expect(viewOf(created, opened('x', null), queued('q'), end).held).toBe(true)
  })

  it('is not held after a failed turn that is replaced at once', () => {
    const replaced = settled('x', 'failed', { kept: false, isReplaced: true })
    expect(viewOf(created, opened('x', null), queued('q'), replaced).held).toBe(false)
  })

  it.each(Object.entries(wrong))('is not held after a summary that the user asked for was %s', (_, end) => {
    const summary = opened('x', 'a', { kind: 'compaction', input: '' })
    expect(viewOf(created, ...completed('a', null), summary, queued('q'), end).held).toBe(false)
  })

  it.each(Object.entries(wrong))('is held after a summary that should make room for a turn was %s', (_, end) => {
    const overflown = [opened('b', 'a'), settled('b', 'failed', { kept: false, isReplaced: true })]
    const summary = opened('x', 'a', { kind: 'compaction', input: '', replaces: 'b' })
    expect(viewOf(created, ...completed('a', null), ...overflown, summary, queued('q'), end).held).toBe(true)
  })

  it('is not held after a turn was completed or stopped', () => {
    const answering = [created, opened('a', null), queued('q'), replied('a', [text('So')])]
    expect(viewOf(...answering, settled('a')).held).toBe(false)
    expect(viewOf(...answering, settled('a', 'stopped')).held).toBe(false)
  })

  const held = [created, opened('x', null), queued('q1'), queued('q2'), refused('x')]

  it('stays held during a turn that is sent first, until it is released', () => {
    expect(viewOf(...held, dropped('x', null), ...completed('a', null))).toMatchObject({ held: true, queue: [{}, {}] })
    expect(viewOf(...held, { type: 'queue.released' }).held).toBe(false)
  })

  it('is released when the last held input is withdrawn', () => {
    expect(viewOf(...held, withdrawn('q1')).held).toBe(true)
    expect(viewOf(...held, withdrawn('q1'), withdrawn('q2')).held).toBe(false)
  })

  it('is released when the last held input is opened', () => {
    const free = [...held, dropped('x', null)]
    expect(viewOf(...free, opened('q1', null)).held).toBe(true)
    expect(viewOf(...free, ...completed('q1', null), opened('q2', 'q1')).held).toBe(false)
  })

  it('has the hold from before the refusal once the refused input is asked again', () => {
    expect(viewOf(...held, ...askedInstead('y', 'x', null)).held).toBe(false)
    const failedBefore = [opened('w', null), queued('q1'), settled('w', 'failed', { kept: false })]
    expect(
      viewOf(created, ...failedBefore, opened('x', null), refused('x'), ...askedInstead('y', 'x', null)).held,
    ).toBe(true)
  })

  it('is held when the last turn that asks again fails', () => {
    const chain = [...held, ...askedInstead('y', 'x', null), refused('y')]
    expect(viewOf(...chain).held).toBe(true)
    expect(viewOf(...chain, ...askedInstead('z', 'y', null)).held).toBe(false)
    expect(viewOf(...chain, ...askedInstead('z', 'y', null), replied('z', [text('So')]), settled('z')).held).toBe(false)
    expect(viewOf(...chain, ...askedInstead('z', 'y', null), settled('z', 'failed', { kept: false })).held).toBe(true)
  })

  it('that was released during an undecided refusal is not held again by the turn that asks instead', () => {
    const failedBefore = [opened('w', null), queued('q1'), settled('w', 'failed', { kept: false })]
    const released: readonly Fact[] = [opened('x', null), refused('x'), { type: 'queue.released' }]
    expect(viewOf(created, ...failedBefore, ...released, ...askedInstead('y', 'x', null)).held).toBe(false)
  })

  it('is released with the next turn when it is empty', () => {
    expect(viewOf(created, ...droppedTurn('x', null), opened('a', null)).held).toBe(false)
  })
})

describe('path', () => {
  it('goes from the root to a turn and leaves out other branches', () => {
    const view = viewOf(...rewoundToA, ...completed('d', 'a'))
    expect(path(view, 'd').map(({ id }) => id)).toEqual(['a', 'd'])
    expect(path(view, 'c').map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(path(view, null)).toEqual([])
  })
})
