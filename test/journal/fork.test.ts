import { describe, expect, it } from 'vitest'
import {
  type Fact,
  fold,
  forkFacts,
  inputHash,
  noUsage,
  totalTokens,
  type Turn,
  type View,
} from '../../src/journal/index.ts'
import {
  abc,
  answered,
  askedInstead,
  attemptFailed,
  call,
  callStarted,
  compaction,
  completed,
  created,
  droppedTurn,
  idsOf,
  model,
  moved,
  opened,
  otherModel,
  queued,
  refusedTurn,
  replied,
  requestFor,
  result,
  rewoundToA,
  settled,
  stripped,
  switched,
  target,
  text,
  thinking,
  thrownBy,
  tokens,
  viewOf,
} from './fixtures.ts'
import { accepted, useJudge } from './judge.ts'

useJudge()

const beginning: Fact = { ...created, id: 'c2' } as Fact
const factsOfFork = (view: View, turnId: string | null = view.head): readonly Fact[] => [
  beginning,
  ...(JSON.parse(JSON.stringify(forkFacts(view, turnId, model))) as Fact[]),
]
const forkOf = (view: View, turnId?: string | null): View => fold(factsOfFork(view, turnId))

/** A turn as a fork has it: as it was, but paid for elsewhere. */
const asForked = ({ attempts: _attempts, usage: _usage, ...turn }: Turn) => ({
  ...turn,
  kind: turn.kind === 'user' ? 'seed' : turn.kind,
  steps: turn.steps.map((step) => (step.role === 'assistant' ? { ...step, usage: noUsage } : step)),
})

const rich: readonly Fact[] = [
  created,
  opened('s', null, { kind: 'seed', metadata: { from: 'web' }, system: 'Be brief.' }),
  replied('s', [text('Seeded')], { model: '', promptHash: '' }),
  settled('s'),
  opened('a', 's'),
  attemptFailed('a'),
  replied('a', [thinking('Hm'), call('t1')], { attempt: 2, container: 'box' }),
  answered('a', result('t1')),
  replied('a', [text('Half')], { attempt: 3, stopReason: 'max_tokens' }),
  settled('a'),
  opened('a~1', 'a', { kind: 'continuation', continues: 'a' }),
  replied('a~1', [text(' and whole.')]),
  settled('a~1'),
]

describe('a fork', () => {
  it('has the unchanged path to its turn in a new conversation', () => {
    const fork = forkOf(viewOf(...rich))
    expect(fork).toMatchObject({ id: 'c2', head: 'a~1', open: null, queue: [], undecided: null })
    expect(fork.turns).toMatchObject(viewOf(...rich).turns.map(asForked))
    expect(requestFor([...factsOfFork(viewOf(...rich)), opened('next', 'a~1')])).toEqual(
      requestFor([...rich, opened('next', 'a~1')]),
    )
  })

  it('names the conversation and the turn that it comes from', () => {
    expect(forkFacts(viewOf(...abc), 'b', model)[0]).toEqual({
      type: 'conversation.forked',
      from: 'c1',
      turnId: 'b',
      quarantine: [],
    })
  })

  it('has no later turns and no other branches', () => {
    expect(idsOf(forkOf(viewOf(...abc), 'b'))).toEqual(['a', 'b'])
    const branched = [...abc, opened('x', 'a'), replied('x', [text('Aside')]), settled('x')]
    expect(idsOf(forkOf(viewOf(...branched), 'x'))).toEqual(['a', 'x'])
  })

  it('of the root is empty but has the quarantine list', () => {
    const fork = forkOf(viewOf(...abc, ...refusedTurn('x', 'c')), null)
    expect(fork).toMatchObject({ head: null, turns: [] })
    expect(fork.refusedInputs).toEqual([{ turnId: 'x', inputHash: inputHash('Question x') }])
  })

  it('recognises refused inputs by hash, and has no refused turn', async () => {
    const asked = [...abc, ...refusedTurn('x', 'c'), ...askedInstead('y', 'x', 'c')]
    const fork = factsOfFork(viewOf(...asked, replied('y', [text('So')]), settled('y')))
    expect(JSON.stringify(fork)).not.toContain('Question x')
    const view = fold(fork)
    expect(view).toMatchObject({ quarantine: [], refusals: [], undecided: null, refusalsInARow: 0 })
    expect(view.refusedInputs).toEqual([{ turnId: 'x', inputHash: inputHash('Question x') }])
    await accepted(fork)
  })

  it('of a fork has the refused inputs of both', () => {
    const once = fold([...droppedTurn('w', null), ...completed('a', null)], viewOf(created))
    const twice = fold(refusedTurn('x', 'a'), forkOf(once))
    expect(forkOf(twice, 'a').refusedInputs.map(({ turnId }) => turnId)).toEqual(['w', 'x'])
  })

  it('keeps cut turns with their failure, and waits for nothing', () => {
    const failure = { code: 'overloaded', message: 'Busy.' } as const
    const facts = [...abc, opened('d', 'c'), replied('d', [text('Half')], { stopReason: null })]
    const fork = forkOf(viewOf(...facts, settled('d', 'failed', { failure }), queued('q')))
    expect(fork.turns.at(-1)).toMatchObject({ id: 'd', status: 'failed', kept: true, failure })
    expect(fork.queue).toEqual([])
  })

  it('continues from a compaction like the original', async () => {
    const block = compaction('They greeted each other.')
    const facts = [...abc, opened('k', 'c', { kind: 'compaction', input: '' }), replied('k', [block]), settled('k')]
    const { messages } = await accepted(factsOfFork(viewOf(...facts)))
    expect(messages[0]).toEqual({ role: 'assistant', content: [block] })
  })

  it('leaves out withdrawn turns, except those that head moved back to', () => {
    expect(idsOf(forkOf(viewOf(...rewoundToA)))).toEqual(['a'])
    const forced = viewOf(...rewoundToA, moved('a', 'c', { force: true }))
    expect(forkOf(forced)).toMatchObject({ head: 'c', withdrawn: {} })
  })

  it('has no reference to replaced or continued turns that it lacks', () => {
    const cut = [opened('x', 'a'), replied('x', [text('Half')], { stopReason: null }), settled('x', 'stopped')]
    const again = [opened('d', 'a', { replaces: 'x', continues: 'x' }), replied('d', [text('So')]), settled('d')]
    const facts = [...abc, ...cut, ...again]
    const [opening] = forkFacts(viewOf(...facts), 'd', model).filter(
      (fact) => fact.type === 'turn.opened' && fact.turnId === 'd',
    )
    expect(opening).not.toHaveProperty('replaces')
    expect(opening).not.toHaveProperty('continues')
  })

  it('knows which tools ran', () => {
    const calls = [replied('a', [call('t1'), call('t2')]), callStarted('a', 't2'), answered('a', result('t2'))]
    const next = [replied('a', [call('t1')]), callStarted('a', 't1'), answered('a', result('t1'))]
    const facts = [created, opened('a', null), ...calls, ...next, replied('a', [text('Done.')]), settled('a')]
    expect(forkOf(viewOf(...facts)).turns).toMatchObject([{ id: 'a', ran: ['t2', 't1'] }])
  })

  it('has each turn once', () => {
    const ids = forkFacts(viewOf(...rich), 'a~1', model).flatMap((fact) =>
      fact.type === 'turn.opened' ? [fact.turnId] : [],
    )
    expect(ids).toEqual([...new Set(ids)])
  })

  it('may only be the beginning of a journal: later it is damage', () => {
    const late = [...abc, { type: 'conversation.forked', from: 'c0', turnId: null, quarantine: [] }]
    expect(thrownBy(() => fold(late))).toMatchObject({ code: 'journal-damaged', details: { factIndex: abc.length } })
  })

  it('keeps the current model and its thinking, as a switch from the main one', async () => {
    const facts = factsOfFork(viewOf(...rich, switched(model, otherModel)))
    expect(facts.filter(({ type }) => type === 'model.switched')).toEqual([switched(model, otherModel)])
    expect(fold(facts)).toMatchObject({ model: otherModel, away: null })
    await accepted(facts, { ...target, model: otherModel })
  })

  it('of a conversation that is on its main model switches nothing', () => {
    expect(factsOfFork(viewOf(...rich)).filter(({ type }) => type === 'model.switched')).toEqual([])
  })

  it.each(['refusal', 'outage'] as const)(
    'keeps the number of turns away from its main model after a switch by %s',
    (cause) => {
      const view = viewOf(...abc, switched(model, otherModel, cause), ...completed('d', 'c'))
      expect(view.away).toEqual({ from: model, turns: 1 })
      expect(forkOf(view)).toMatchObject({ model: otherModel, away: view.away })
    },
  )

  it('has no cost: the original conversation paid for its turns', () => {
    const iterations = [
      { type: 'message', model, usage: tokens },
      { type: 'fallback_message', model: otherModel, usage: tokens },
    ]
    const facts = [...rich, opened('b', 'a~1'), replied('b', [text('So')], { iterations }), settled('b')]
    const fork = forkOf(viewOf(...facts))
    expect([totalTokens(fork.ledger), fork.usage]).toEqual([0, noUsage])
    for (const { usage } of fork.turns) expect(usage).toEqual(noUsage)
    expect(JSON.stringify(factsOfFork(viewOf(...facts)))).not.toContain('iterations')
  })

  it('keeps that a turn was replaced', () => {
    const failure = { code: 'context-window-exceeded', message: 'Full.' } as const
    const cut = [opened('d', 'c'), replied('d', [text('Half')]), settled('d', 'failed', { failure, isReplaced: true })]
    const view = viewOf(...abc, ...cut, queued('q'))
    expect(forkOf(view).turns.at(-1)).toMatchObject({ id: 'd', isReplaced: true })
    expect(forkOf(view).held).toBe(false)
  })

  it('leaves out the thinking that the API rejected', () => {
    const facts = [...rich, opened('b', 'a~1'), stripped('b'), replied('b', [text('So')]), settled('b')]
    const sent = JSON.stringify(requestFor([...factsOfFork(viewOf(...facts)), opened('next', 'b')]).messages)
    expect(JSON.stringify(requestFor([...facts, opened('next', 'b')]).messages)).not.toContain('"Hm"')
    expect(sent).not.toContain('"Hm"')
  })
})

describe('a fork of a conversation that is away from its model', () => {
  const block = compaction('They said it.')
  const away = [
    created,
    ...completed('a', null),
    switched(model, otherModel, 'refusal'),
    ...completed('b', 'a'),
    opened('k', 'b', { kind: 'compaction', input: '' }),
    replied('k', [block], { stopReason: 'compaction' }),
    settled('k'),
    ...completed('c', 'k'),
  ]
  const forked = (facts: readonly Fact[]) => forkOf(viewOf(...facts))

  it('keeps that number, and summaries do not count', () => {
    expect(fold(away).away).toEqual({ from: model, turns: 2 })
    expect(forked(away)).toMatchObject({ model: otherModel, away: { from: model, turns: 2 } })
  })

  it('returns to the model that the app chose, not to the first one', () => {
    const chosen = 'claude-opus-5'
    const facts = [
      created,
      ...completed('a', null),
      switched(model, chosen, 'user'),
      ...completed('b', 'a'),
      switched(chosen, otherModel, 'refusal'),
      ...completed('c', 'b'),
    ]
    expect(forked(facts)).toMatchObject({ model: otherModel, away: { from: chosen, turns: 1 } })
    expect(forked([...facts, switched(otherModel, chosen, 'return')])).toMatchObject({ model: chosen, away: null })
  })
})
