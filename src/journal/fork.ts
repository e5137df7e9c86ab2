import { isThinking, toolCallId } from './content.ts'
import type { Fact } from './facts.ts'
import { hasId } from './append-only-lists.ts'
import { turnOf } from './rejections/parts.ts'
import { noUsage } from './usage.ts'
import { path, type Turn, type View } from './view.ts'

/**
 * The first facts of a conversation that is forked at a turn, after its creation: the path to the turn, and the quarantine list.
 */
export function forkFacts(view: View, turnId: string | null, mainModel: string): readonly Fact[] {
  const whole = path(view, turnId)
  const turns = whole.filter(({ id }) => !hasId(view.sameWords, id))
  // A child of a turn that is not copied gets that turn's parent.
  const parents = new Map(turns.map(({ id }, index) => [id, turns[index - 1]?.id ?? null]))
  const switched = switchesFrom(mainModel, view)
  const switchedAt = turnsBefore(turns, view.away?.turns ?? 0)
  const known = new Set(turns.map(({ id }) => id))
  return [
    { type: 'conversation.forked', from: view.id, turnId, quarantine: view.refusedInputs },
    ...turns.flatMap((turn, index) => [
      ...(index === switchedAt ? switched : []),
      ...factsOf({ ...turn, parent: parents.get(turn.id) ?? null }, known, view.strippedThinking[turn.id] ?? 0),
    ]),
    ...(switchedAt === turns.length ? switched : []),
    ...setAsideIn(view, turns),
  ]
}

/** The API rejects the same parts in the fork, so they stay set aside. */
function setAsideIn({ rejections: { before } }: View, turns: readonly Turn[]): readonly Fact[] {
  const last = turns.at(-1)
  const ids = new Set(turns.map(({ id }) => id))
  const parts = before.filter((part) => ids.has(turnOf(part) ?? ''))
  return last && parts.length > 0 ? [{ type: 'context.setAside', turnId: last.id, parts }] : []
}

/** The number of turns before the last `count` completed ones: the fork has been away from its model for as long. */
function turnsBefore(turns: readonly Turn[], count: number): number {
  let at = turns.length
  for (let left = count; at > 0 && left > 0; at--)
    if (turns[at - 1]?.status === 'completed' && turns[at - 1]?.kind !== 'compaction') left--
  return at
}

/** The switches from the fork's first model to the one that the app chose, and from there to the current one. */
function switchesFrom(mainModel: string, { model, goesBackTo, away }: View): readonly Fact[] {
  const now = goesBackTo ?? model
  const chosen = away?.from ?? now
  return [
    ...(chosen === mainModel ? [] : [{ type: 'model.switched', from: mainModel, to: chosen, cause: 'user' } as const]),
    ...(away ? [{ type: 'model.switched', from: chosen, to: now, cause: 'refusal' } as const] : []),
  ]
}

function factsOf(turn: Turn, known: ReadonlySet<string>, stripped: number): readonly Fact[] {
  const { id: turnId, parent, input, system, openedAt: at, replaces, continues, metadata, kept, failure } = turn
  if (turn.status === 'open' || turn.status === 'refused') return []
  return [
    {
      type: 'turn.opened',
      turnId,
      parent,
      input,
      ...(system === undefined ? {} : { system }),
      at,
      // The original conversation paid for it.
      kind: turn.kind === 'user' ? 'seed' : turn.kind,
      ...(replaces !== undefined && known.has(replaces) ? { replaces } : {}),
      ...(continues !== undefined && known.has(continues) ? { continues } : {}),
      ...(metadata === undefined ? {} : { metadata }),
    },
    ...stepFacts(turn, stripped),
    {
      type: 'turn.settled',
      turnId,
      status: turn.status,
      kept,
      ...(failure ? { failure } : {}),
      ...(turn.isReplaced ? { isReplaced: true as const } : {}),
    },
  ]
}

/** Replies, the calls of each that began to run, and the results. */
function stepFacts({ id: turnId, steps, ran }: Turn, stripped: number): readonly Fact[] {
  const begun = [...ran]
  return steps.flatMap((step, index): readonly Fact[] => {
    if (step.role === 'user') return [{ type: 'toolResults.recorded', turnId, results: step.content }]
    const { role: _role, iterations: _iterations, hops: _hops, terms: _terms, ...reply } = step
    // The API would reject this thinking in the fork too.
    const content = index < stripped ? step.content.filter((block) => !isThinking(block)) : step.content
    const calls = step.content.map(toolCallId)
    const started: Fact[] = []
    // Calls began in the order of their replies; two calls with one id began twice.
    for (let at = calls.indexOf(begun[0]); begun.length > 0 && at >= 0; at = calls.indexOf(begun[0])) {
      calls.splice(at, 1)
      started.push({ type: 'call.started', turnId, callId: begun.shift() ?? '' })
    }
    return [{ type: 'reply.recorded', turnId, ...reply, content, usage: noUsage }, ...started]
  })
}
