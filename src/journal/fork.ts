import type { Fact } from './facts.ts'
import { path, type Turn, type View } from './view.ts'

/**
 * The facts that a conversation forked off at a turn begins with, after its creation: the path to the turn, and what was
 * refused, so that it is known there too.
 */
export function forkFacts(view: View, turnId: string | null): readonly Fact[] {
  const turns = path(view, turnId)
  const known = new Set(turns.map(({ id }) => id))
  return [
    { type: 'conversation.forked', from: view.id, turnId, quarantine: view.refusedInputs },
    ...turns.flatMap((turn) => factsOf(turn, known)),
  ]
}

function factsOf(turn: Turn, known: ReadonlySet<string>): readonly Fact[] {
  const { id: turnId, parent, kind, input, openedAt: at, replaces, continues, metadata, kept, failure } = turn
  if (turn.status === 'open' || turn.status === 'refused') return []
  return [
    {
      type: 'turn.opened',
      turnId,
      parent,
      input,
      at,
      kind,
      ...(replaces !== undefined && known.has(replaces) ? { replaces } : {}),
      ...(continues !== undefined && known.has(continues) ? { continues } : {}),
      ...(metadata === undefined ? {} : { metadata }),
    },
    ...turn.steps.map((step): Fact => {
      if (step.role === 'user') return { type: 'toolResults.recorded', turnId, results: step.content }
      const { role: _, ...reply } = step
      return { type: 'reply.recorded', turnId, ...reply }
    }),
    { type: 'turn.settled', turnId, status: turn.status, kept, ...(failure ? { failure } : {}) },
  ]
}
