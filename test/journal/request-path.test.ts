import { describe, expect, it } from 'vitest'
import { buildRequest, type Fact, fold, type ResetPolicy } from '../../src/journal/index.ts'
import { compactionBeta } from '../../src/journal/request/build-request.ts'
import {
  abc,
  answered,
  askedOther,
  assistant,
  call,
  compaction,
  completed,
  created,
  decidedIn,
  moved,
  opened,
  otherModel,
  refused,
  refusedTurn,
  replied,
  requestFor,
  result,
  rewoundToA,
  settled,
  target,
  text,
  user,
} from './fixtures.ts'
import { accepted, useJudge } from './judge.ts'

useJudge()

const sentIn = (value: unknown) => JSON.stringify(value)

describe('a request contains the path from the root to head, and the open turn', () => {
  it('with alternating questions and answers', async () => {
    expect((await accepted(abc)).messages).toEqual([
      ...['a', 'b', 'c'].flatMap((id) => [user(`Question ${id}`), assistant(text(`Answer ${id}`))]),
      user('Go on.'),
    ])
  })

  it('which is empty in an empty conversation', () => {
    expect(requestFor([created])).toEqual({ messages: [], betas: [], container: null, left: [] })
  })

  it('with the open turn after its own parent, not after head', async () => {
    expect((await accepted([...abc, opened('d', 'a')])).messages).toEqual([
      user('Question a'),
      assistant(text('Answer a')),
      user('Question d'),
    ])
  })

  it('without dropped or withdrawn turns and other branches', async () => {
    const dropped = [opened('x', 'a'), replied('x', [text('x')]), settled('x', 'stopped', { kept: false })]
    const sent = sentIn((await accepted([...rewoundToA, ...dropped, ...completed('d', 'a')])).messages)
    for (const id of ['a', 'd']) expect(sent).toContain(`Question ${id}`)
    for (const id of ['b', 'c', 'x']) expect(sent).not.toContain(`Question ${id}`)
  })

  it('with a withdrawn turn once head was moved to it by force', async () => {
    expect(sentIn((await accepted([...rewoundToA, moved('a', 'c', { force: true })])).messages)).toContain('Question c')
  })

  it('without the metadata of the app', () => {
    const facts = [created, opened('a', null, { metadata: { secret: 'note' } })]
    expect(sentIn(requestFor(facts))).not.toContain('note')
  })
})

describe('H5 no quarantined turn is ever sent', () => {
  it('with its question, finished replies or tool results', async () => {
    const poisoned = [replied('x', [text('Early words'), call('t1')]), answered('x', result('t1')), refused('x')]
    const sent = sentIn((await accepted([...abc, opened('x', 'c'), ...poisoned])).messages)
    for (const word of ['Question x', 'Early words', 't1']) expect(sent).not.toContain(word)
    expect(sent).toContain('Question c')
  })

  it.each<ResetPolicy>([
    'drop-turn',
    { rewind: 1 },
    { rewind: 2 },
    'clear',
    { rephrase: 'Other words' },
    { fallback: otherModel, from: 'next-turn' },
  ])('whichever policy decided the refusal: %j', async (policy) => {
    const facts = [...abc, ...refusedTurn('x', 'c')]
    const reset = decidedIn(fold(facts), policy)
    expect(sentIn((await accepted([...facts, reset])).messages)).not.toContain('Question x')
  })

  it('not even for a view that was tampered with', () => {
    const view = fold([...abc, ...refusedTurn('x', 'c')])
    expect(sentIn(buildRequest({ ...view, head: 'x' }, target))).not.toContain('Question x')
  })

  it('except its question in a new turn', async () => {
    const asked = [...abc, ...refusedTurn('x', 'c'), ...askedOther('y', 'x', 'c')]
    expect((await accepted(asked)).messages.at(-1)).toEqual(user('Question x'))
  })
})

describe('H7 a compaction replaces everything before it', () => {
  const summary = compaction('They greeted each other.')
  const compacted = [
    ...abc,
    opened('k', 'c', { kind: 'compaction', input: 'Summarise.' }),
    replied('k', [summary], { stopReason: 'compaction' }),
    settled('k'),
  ]

  it('the request starts with it, without its instructions, and names its beta header', async () => {
    const { messages, betas } = await accepted([...compacted, ...completed('d', 'k')])
    expect(messages).toEqual([assistant(summary), user('Question d'), assistant(text('Answer d')), user('Go on.')])
    expect(betas).toEqual([compactionBeta])
  })

  it('the last of several on the path counts', async () => {
    const later = compaction('They parted.')
    const again = [opened('k2', 'k', { kind: 'compaction' }), replied('k2', [later]), settled('k2')]
    expect((await accepted([...compacted, ...again])).messages[0]).toEqual(assistant(later))
  })

  it('a rewind past it restores the replaced turns and needs no header', async () => {
    const { messages, betas } = await accepted([
      ...compacted,
      moved('k', 'b', { cause: 'clear', withdrawn: ['c', 'k'] }),
    ])
    expect(messages[0]).toEqual(user('Question a'))
    expect(betas).toEqual([])
  })

  it('an open or failed one replaces nothing', () => {
    expect(requestFor(compacted.slice(0, -2)).messages[0]).toEqual(user('Question a'))
    const failed = [...compacted.slice(0, -2), settled('k', 'failed', { kept: false })]
    expect(requestFor(failed).messages[0]).toEqual(user('Question a'))
  })
})

const boxed = (turnId: string, parent: string | null, container: string) => [
  opened(turnId, parent),
  replied(turnId, [text('Done.')], { container }),
]
const containerOf = (...facts: readonly Fact[]) => requestFor([created, ...facts]).container

describe('the container', () => {
  it('is that of the last reply on the path with one', () => {
    const one = [...boxed('a', null, 'box-a'), settled('a'), ...boxed('b', 'a', 'box-b'), settled('b')]
    expect(containerOf(...one, ...completed('c', 'b'))).toBe('box-b')
    expect(containerOf(...completed('a', null))).toBeNull()
  })

  it('of the open turn is used by its next request', () => {
    expect(containerOf(...boxed('a', null, 'box-a'))).toBe('box-a')
  })

  it('is never inherited from a refused, dropped or withdrawn turn, or from another branch', () => {
    const kept = [...boxed('a', null, 'box-a'), settled('a')]
    const beside = boxed('x', 'a', 'box-x')
    expect(containerOf(...kept, ...beside, refused('x'))).toBe('box-a')
    expect(containerOf(...kept, ...beside, settled('x', 'stopped', { kept: false }))).toBe('box-a')
    expect(containerOf(...kept, ...beside, settled('x'), moved('x', 'a', { cause: 'clear', withdrawn: ['x'] }))).toBe(
      'box-a',
    )
    expect(containerOf(...kept, ...beside, settled('x'), opened('y', null))).toBeNull()
  })
})
