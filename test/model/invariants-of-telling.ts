// What people and apps are told: each outcome once, each handle to its end.
import { expect } from 'vitest'
import type { TurnEvent, TurnOutcome } from '../../src/index.ts'
import { type Talk, viewOf } from './talk.ts'

const ends: readonly string[] = ['turn.completed', 'turn.stopped', 'turn.failed', 'turn.refused', 'turn.continued']

export function checkTelling(talk: Talk): void {
  checkOutcomes(talk)
  for (const { turn, events, outcomes, hasEnded } of talk.followed) {
    expect(outcomes.length).toBeLessThanOrEqual(1)
    expect([turn.id, hasEnded]).toEqual([turn.id, outcomes.length === 1])
    const [outcome] = outcomes
    if (outcome) checkEnd(talk, events, outcome)
    else expect([turn.id, mayBeOpen(talk, turn.id, events)]).toEqual([turn.id, true])
  }
}

/** For each settled turn one event is emitted once it is known what follows: its outcome, or the turn that continues it. */
function checkOutcomes(talk: Talk): void {
  const { turns, open, undecided } = viewOf(talk)
  const isDeciding = talk.chat.actor.getSnapshot().matches({ refused: 'deciding' })
  const ended = talk.notices.flatMap((notice) =>
    ends.includes(notice.type) && 'turnId' in notice ? [[notice.turnId, notice.type] as const] : [],
  )
  const isTurn = (turnId: string | null) => turns.some(({ id }) => id === turnId) || open?.id === turnId
  const told = ended.filter(([turnId]) => isTurn(turnId)).map((end) => end.join(' '))
  // A message that never became a turn, for example because its file could not be read. That is emitted once, too.
  const unsent = ended.filter(([turnId]) => !isTurn(turnId))
  expect(new Set(unsent.map(([turnId]) => turnId)).size).toBe(unsent.length)
  for (const [, type] of unsent) expect(['turn.failed', 'turn.stopped']).toContain(type)
  const settled = turns.filter(({ id }) => !talk.inherited.has(id) && !(isDeciding && id === undecided))
  const next = [...turns, ...(open ? [open] : [])].flatMap(({ replaces, continues }) => [replaces, continues])
  const expected = settled.map(({ id, status }) =>
    next.includes(id) && told.includes(`${id} turn.continued`) ? `${id} turn.continued` : `${id} turn.${status}`,
  )
  expect(told.toSorted()).toEqual(expected.toSorted())
}

const outcomeOf = (event: TurnEvent | undefined): unknown => (event && 'outcome' in event ? event.outcome : undefined)

/** The last event is the outcome of a turn that began with the message. */
function checkEnd(talk: Talk, events: readonly TurnEvent[], outcome: TurnOutcome): void {
  expect(outcomeOf(events.at(-1))).toBe(outcome)
  const turn = viewOf(talk).turns.find(({ id }) => id === outcome.turnId)
  if (!turn) return expect(['stopped', 'failed']).toContain(outcome.status)
  expect(outcome.status).toBe(turn.status)
  expect(outcome.refusals.length === 0 || outcome.status !== 'refused' || outcome.refusal !== undefined).toBe(true)
  if (outcome.status === 'failed') expect(outcome.error).toBeDefined()
}

/** It can't have been emitted yet: its turn, or one that replaces it, is in progress; it waits in the queue, or for files. */
function mayBeOpen(talk: Talk, turnId: string, events: readonly TurnEvent[]): boolean {
  const { open, queue, undecided, turns } = viewOf(talk)
  if (talk.chat.status === 'closed') return false
  if (queue.some((item) => item.turnId === turnId)) return true
  if (events.length === 0) return !turns.some(({ id }) => id === turnId)
  let id: string | undefined = open?.id ?? undecided ?? undefined
  while (id !== undefined && id !== turnId) {
    const turn: { readonly replaces?: string; readonly continues?: string } | undefined =
      open?.id === id ? open : turns.find((other) => other.id === id)
    id = turn?.replaces ?? turn?.continues
  }
  return id === turnId
}

/** A late subscriber sees the same, without what was retracted. */
export async function checkLateWatchers(talk: Talk): Promise<void> {
  for (const { turn, events } of talk.followed) {
    const late: TurnEvent[] = []
    for await (const event of turn) late.push(event)
    const isVoid = (event: TurnEvent) =>
      (event.type === 'delta' || event.type === 'unknown') &&
      events.some(
        (other) => other.type === 'retracted' && other.turnId === event.turnId && other.attempt === event.attempt,
      )
    expect(late).toEqual(events.filter((event) => !isVoid(event)))
  }
}
