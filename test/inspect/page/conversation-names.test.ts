import { describe, expect, it } from 'vitest'
import { continued, nameOf, nested, wordsOf } from '../../../src/inspect/page/conversation-names.ts'
import type { Summary } from '../../../src/inspect/wire/messages.ts'

const uuid = (beginning: string) => `${beginning}-1111-4111-8111-111111111111`

const summary = (given: Partial<Summary>): Summary => ({
  key: given.id ?? 'k',
  id: uuid('8c3afae2'),
  title: null,
  forkOf: null,
  startedAt: null,
  origin: { kind: 'process', name: 'app.js', pid: 1 },
  machine: 'conversation',
  model: 'm1',
  state: 'idle',
  status: 'live',
  changedAt: 0,
  turns: 0,
  refusals: 0,
  inputTokens: 0,
  outputTokens: 0,
  lost: 0,
  includesText: false,
  allowsControl: false,
  ...given,
})

describe('the name of a conversation', () => {
  const at = new Date(2026, 10, 29, 14, 3).getTime()

  it.each([
    ['the scene of the tour', { id: '3 A refusal', title: 'Hello' }, '3 A refusal'],
    ['its first words', { title: 'Hello there' }, 'Hello there'],
    ['the id that the app chose', { id: 'ticket-17' }, 'ticket-17'],
    ['when it began, and how its id begins', { startedAt: at }, 'Conversation of 14:03, 8c3afae2…'],
    ['how its id begins, if its beginning was not seen', {}, 'Conversation 8c3afae2…'],
    ['short also for an id without dashes', { id: 'a8e048d952b8f26eb7db9cb3e55bc906' }, 'Conversation a8e048d9…'],
  ])('is %s', (_, given, name) => {
    expect(nameOf(summary(given), [])).toBe(name)
  })

  it('of a fork is that of its origin, whether that is listed or not', () => {
    const scene = summary({ id: '3 A refusal' })
    const fork = summary({ id: uuid('aaaaaaaa'), forkOf: '3 A refusal', title: 'Hello' })
    expect(nameOf(fork, [scene, fork])).toBe('Fork of 3 A refusal')
    expect(nameOf(fork, [fork])).toBe('Fork of 3 A refusal')
    expect(nameOf(summary({ forkOf: uuid('bbbbbbbb') }), [])).toBe('Fork of bbbbbbbb…')
    const again = summary({ id: uuid('cccccccc'), forkOf: fork.id })
    expect(nameOf(again, [scene, fork, again])).toBe('Fork of 3 A refusal')
    expect(wordsOf(fork, [scene, fork])).toContain('fork of 3 a refusal')
  })

  it('of a fork is that of the origin in its own process, if several have that id', () => {
    const [other, own] = [2, 1].map((pid) =>
      summary({ key: `c${pid}`, id: 'c', title: `of ${pid}`, origin: { kind: 'process', name: 'app.js', pid } }),
    )
    const fork = summary({ key: 'f', id: uuid('aaaaaaaa'), forkOf: 'c' })
    if (!own || !other) throw new TypeError('There are two.')
    expect(nameOf(fork, [other, own, fork])).toBe('Fork of of 1')
  })
})

describe('the list of conversations', () => {
  const shape = (list: readonly Summary[]) =>
    nested(list).map(({ summary: { id }, forks }) => [id, forks.map((f) => f.id)])

  it('has forks inside their origin, also forks of forks, in the order of the list', () => {
    const list = [
      summary({ id: 'b', forkOf: 'a' }),
      summary({ id: 'other' }),
      summary({ id: 'a' }),
      summary({ id: 'c', forkOf: 'b' }),
    ]
    expect(shape(list)).toEqual([
      ['other', []],
      ['a', ['b', 'c']],
    ])
  })

  it('has every conversation once, even if forks lead round in a circle or to one that is not listed', () => {
    const list = [
      summary({ id: 'a', forkOf: 'b' }),
      summary({ id: 'b', forkOf: 'a' }),
      summary({ id: 'c', forkOf: 'gone' }),
      summary({ id: 'd', forkOf: 'd' }),
    ]
    const ids = nested(list).flatMap(({ summary: { id }, forks }) => [id, ...forks.map((fork) => fork.id)])
    expect(ids.toSorted()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('has a conversation once that its process closed and opened again, with the times before', () => {
    const time = (key: string, given: Partial<Summary>) => summary({ key, id: 'c1', ...given })
    const list = [
      time('first', { status: 'ended', changedAt: 1 }),
      time('second', { status: 'gone', changedAt: 2 }),
      time('now', { changedAt: 3 }),
      time('of another process', { origin: { kind: 'process', name: 'app.js', pid: 2 }, status: 'ended' }),
      time('of a file', { origin: { kind: 'file', name: 'a.jsonl', pid: null }, status: 'file' }),
      summary({ key: 'other', id: 'c2' }),
    ]
    const { latest, earlier } = continued(list)
    expect(latest.map(({ key }) => key)).toEqual(['now', 'of another process', 'of a file', 'other'])
    expect([...earlier].map(([key, past]) => [key, past.map((one) => one.key)])).toEqual([['now', ['second', 'first']]])
  })

  it('has every one of several that live, and those that are not known yet', () => {
    const list = [summary({ key: 'a', id: 'c1' }), summary({ key: 'b', id: 'c1' }), summary({ key: 'c', id: '' })]
    expect(continued(list).latest).toEqual(list)
    const ended = list.map((one) => ({ ...one, id: '', status: 'ended' as const }))
    expect(continued(ended).latest).toEqual(ended)
  })
})
