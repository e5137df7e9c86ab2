// One conversation of a program, and everything that it tells: facts, notices, turns with their events.
import type { InspectionEvent } from 'xstate'
import type {
  Conversation,
  ConversationNotice,
  Fact,
  JournalTurn,
  Turn,
  TurnEvent,
  TurnOutcome,
} from '../../src/index.ts'

/** A message, or another operation that opens a turn, and the events of its handle. */
export interface Followed {
  readonly turn: Turn
  readonly events: TurnEvent[]
  outcomes: TurnOutcome[]
  hasEnded: boolean
}

export interface Talk {
  readonly name: string
  readonly chat: Conversation
  readonly notices: ConversationNotice[]
  readonly followed: Followed[]
  /** Turns that it began with: seeded, or those of the conversation that it was forked from. */
  readonly inherited: ReadonlySet<string>
  /** Everything that its journal was given, in order. */
  readonly facts: readonly Fact[]
}

/** Collects the facts of every conversation that is given this observer, by the id of its root actor. */
export function createFactCollector() {
  const byRoot = new Map<string, Fact[]>()
  const of = (rootId: string): Fact[] => {
    const known = byRoot.get(rootId) ?? []
    byRoot.set(rootId, known)
    return known
  }
  return {
    inspect: (inspection: InspectionEvent) => {
      if (inspection.type !== '@xstate.event' || inspection.event.type !== 'journal.append') return
      const { facts, expected } = inspection.event as unknown as { facts: readonly Fact[]; expected: number }
      of(inspection.rootId).splice(expected, facts.length, ...facts)
    },
    of,
  }
}

export function follow(talk: Talk, turn: Turn): Followed {
  const followed: Followed = { turn, events: [], outcomes: [], hasEnded: false }
  talk.followed.push(followed)
  void (async () => {
    for await (const event of turn) followed.events.push(event)
    followed.hasEnded = true
  })()
  void turn.then((outcome) => followed.outcomes.push(outcome))
  return followed
}

export const viewOf = ({ chat }: Talk) => chat.actor.getSnapshot().context.view

/** Settled turns of its own, and the open one. */
export const turnsOf = (talk: Talk): readonly JournalTurn[] => {
  const { turns, open } = viewOf(talk)
  return open ? [...turns, open] : turns
}
