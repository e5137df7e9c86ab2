// Resets after a refusal or rejection: the input of the `decide` slot, and the facts of a reset.
import {
  askings,
  asksInstead,
  derivedId,
  type Fact,
  fallbackModel,
  headObstacle,
  plainText,
  refusalOf,
  type ResetCause,
  resetOf,
  type ResetPolicy,
  type Turn,
  undecidedTurn,
  type View,
} from '../../src/journal/index.ts'
import type { Announcement, ConversationContext, DecideInput } from './conversation.types.ts'
import { recorded } from './record-facts.ts'
import { askedAgain } from './turn-openings.ts'

export const isCompactionRefused = (view: View): boolean => undecidedTurn(view)?.kind === 'compaction'

/** The input of the `decide` slot: the refusal that waits for a decision. */
export function refusalToDecide(view: View): DecideInput {
  const turn = undecidedTurn(view)
  const asked = turn ? askings(view, turn.id) : []
  return {
    turnId: turn?.id ?? '',
    input: turn?.input ?? '',
    kind: turn?.kind ?? 'user',
    refusal: turn?.refusal ?? { category: null, explanation: null, textShown: false },
    refusalsInARow: view.refusalsInARow,
    wordings: new Set(asked.map(({ input }) => plainText(input))).size,
    refusedBy: [...new Set([view.model, ...asked.flatMap(({ refusal }) => refusal?.model ?? [])])],
  }
}

/** Moves head back by policy, switches the model and opens the turn that the policy asks for instead. */
export function resetByPolicy(
  context: ConversationContext,
  policy: ResetPolicy,
  cause: ResetCause,
  {
    decidedBy,
    told = [],
    next = () => [],
  }: {
    readonly decidedBy?: 'person'
    /** Told before the reset. */
    readonly told?: readonly Announcement[]
    /** Turns that follow beside the one that the policy asks for. */
    readonly next?: (view: View) => readonly Fact[]
  } = {},
): ConversationContext {
  const { view } = context
  const refused = cause === 'refusal' ? undecidedTurn(view) : undefined
  const instead = refused ? asksInstead(policy, refused.input) : null
  const { to, withdrawn } = resetOf(view, policy, cause)
  const moved: Fact = {
    type: 'head.moved',
    from: view.head,
    to,
    cause,
    policy,
    ...(refused ? { turnId: refused.id } : {}),
    withdrawn,
    ...(decidedBy === undefined ? {} : { decidedBy }),
  }
  const switched = switchFor(view, policy, refused)
  const asked: readonly Fact[] =
    refused && instead !== null
      ? [
          {
            ...askedAgain(refused, {
              turnId: derivedId(view, refused.id),
              at: refused.openedAt,
              // A branch keeps its parent, if the head may still move there.
              parent:
                headObstacle(view, refused.parent, { force: refused.force ?? false }) === null ? refused.parent : to,
              force: refused.force,
              input: instead,
            }),
            replaces: refused.id,
          },
        ]
      : []
  const reset = recorded(context, [moved, ...(switched ? [switched] : []), ...asked])
  // All of it is told together: what is asked instead is stored then too.
  return recorded(reset, next(reset.view), [
    ...told,
    {
      type: 'context.reset',
      cause,
      policy,
      turnId: refused?.id ?? null,
      left: refused ? [...withdrawn, refused.id] : withdrawn,
      head: to,
      nothingLeft: cause === 'refusal' && view.head === null,
    },
    ...(switched ? [switched] : []),
  ])
}

/** The switch that a policy asks for: to the fallback model, or, after all fallbacks refused, back to the model before them. */
function switchFor(
  view: View,
  policy: ResetPolicy,
  refused: Turn | undefined,
): Extract<Fact, { type: 'model.switched' }> | null {
  const from = view.model
  const to = fallbackModel(policy)
  if (to !== null) return to === from ? null : { type: 'model.switched', from, to, cause: 'refusal' }
  const isSpent = refused !== undefined && asksInstead(policy, refused.input) === null && cameByFallback(view, refused)
  return isSpent && view.away?.turns === 0
    ? { type: 'model.switched', from, to: view.away.from, cause: 'return' }
    : null
}

/** Whether a fallback led to this turn. */
const cameByFallback = (view: View, refused: Turn): boolean =>
  askings(view, refused.id).some(({ id }) => {
    const policy = refusalOf(view, id)?.policy ?? null
    return fallbackModel(policy) !== null && asksInstead(policy, '') !== null
  })
