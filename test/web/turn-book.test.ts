import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Branch, TurnStanding } from '../../src/index.ts'
import { TurnBook } from '../../src/web/story/turn-book.ts'

const branch = (turnId: string, current: boolean): Branch => ({
  turnId,
  status: 'completed',
  current,
  tip: turnId,
  obstacle: null,
})

const standing = (turnId: string, branches: readonly Branch[] = [branch(turnId, true)]): TurnStanding => ({
  turnId,
  branches,
  withdrawnBy: null,
  setAside: null,
  repaired: false,
  refusedBefore: false,
  cost: null,
})

/** A book, and what it asks a server that the test answers. */
function opened() {
  const listeners = new Map<string, (notice: object) => unknown>()
  const asked: (readonly string[])[] = []
  let answer: (turnIds: readonly string[]) => readonly TurnStanding[] = (ids) => ids.map((id) => standing(id))
  const chat = {
    id: 'c1',
    connection: 'online' as 'online' | 'closed',
    on: (type: string, listener: (notice: never) => unknown) => {
      listeners.set(type, listener as (notice: object) => unknown)
      return () => {}
    },
  }
  const book = new TurnBook(chat, async (_, turnIds) => {
    asked.push(turnIds)
    return answer(turnIds)
  })
  return {
    book,
    chat,
    asked,
    answers: (next: typeof answer) => {
      answer = next
    },
    happens: (type: string, notice: object) => listeners.get(type)?.(notice),
    /** Lets requests be made and answered. */
    passes: (milliseconds = 1_000) => vi.advanceTimersByTimeAsync(milliseconds),
  }
}

describe('what is known of the turns in view', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is asked in one request, however many turns come into view, and once', async () => {
    const { book, asked, passes } = opened()
    const turns = Array.from({ length: 60 }, (_, index) => `t${index}`)
    book.want(turns.slice(0, 10))
    book.want(turns)
    await passes()
    expect(asked).toEqual([turns])
    expect(book.known.size).toBe(60)
    book.want(turns.slice(5))
    await passes()
    expect(asked).toHaveLength(1)
  })

  it('is asked the last turns first, where the server takes no more at once', async () => {
    const { book, asked, passes } = opened()
    const turns = Array.from({ length: 150 }, (_, index) => `t${index}`)
    book.want(turns)
    await passes()
    expect(asked).toEqual([turns.slice(50), turns.slice(0, 50)])
  })

  it('is asked again about turns that something has happened to, and about no others', async () => {
    const { book, asked, happens, passes } = opened()
    book.want(['t1', 't2', 't3'])
    await passes()
    happens('turn.completed', { turnId: 't3' })
    happens('context.reset', { left: [{ turnId: 't2' }, { turnId: 't3' }] })
    await passes()
    happens('context.setAside', { turns: ['t1'] })
    await passes()
    happens('head.switched', {})
    await passes()
    expect(asked.slice(1)).toEqual([['t2', 't3'], ['t1'], ['t1', 't2', 't3']])
  })

  it('changes for a sibling that is known, and then for what follows it', async () => {
    const { book, asked, answers, passes } = opened()
    book.want(['t1', 't2'])
    await passes()
    const both = [branch('t1', false), branch('t3', true)]
    answers((ids) => ids.map((id) => standing(id, id === 't2' ? [branch('t2', false)] : both)))
    book.want(['t1', 't2', 't3'])
    const told: (boolean | undefined)[] = []
    book.subscribe(() => told.push(book.known.get('t1')?.branches[0]?.current))
    await passes()
    expect(told[0]).toBe(false)
    expect(asked.slice(1)).toEqual([['t3'], ['t1', 't2']])
    expect(book.known.get('t2')?.branches[0]?.current).toBe(false)
  })

  it('is asked ever less often by a server that does not answer', async () => {
    const { book, asked, answers, passes } = opened()
    answers(() => {
      throw new Error('Another process has it.')
    })
    book.want(['t1'])
    await passes(600_000)
    expect(asked.length).toBeGreaterThan(8)
    expect(asked.length).toBeLessThan(20)
  })

  it('is asked again after a while by a server that did not answer, and by none that was left', async () => {
    const { book, chat, asked, answers, passes } = opened()
    answers(() => {
      throw new Error('The server can’t be reached.')
    })
    book.want(['t1'])
    await passes(100)
    expect(asked).toHaveLength(1)
    answers((ids) => ids.map((id) => standing(id)))
    await passes(3_000)
    expect(book.known.size).toBe(1)
    expect(asked).toHaveLength(2)
    chat.connection = 'closed'
    book.want(['t2'])
    await passes(5_000)
    expect(asked).toHaveLength(2)
  })
})
