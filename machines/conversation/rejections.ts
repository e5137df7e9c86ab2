// After a rejected request: its facts and events, what the next request leaves out, and how the turn settles when nothing
// helps.
import type { Failure } from '../../src/errors.ts'
import {
  callsThatNeedThinking,
  earlierTurn,
  type Fact,
  findTurn,
  kindOf,
  nextLeft,
  type Part,
  partsToTakeBack,
  rejectionOf,
  subjectOf,
  type Turn,
  type View,
} from '../../src/journal/index.ts'
import type { Announcement, ConversationContext, DecideRejectionInput, RejectedReply } from './conversation.types.ts'
import { nextOutageModel } from './outages.ts'

/** Requests for one message, rejected ones included. */
const mostRequests = 6

/** Earlier replies of the turn count too, up to this many: a long tool loop must not use up the tries. */
const mostReplies = 2

/** Requests that may still be made for the message. */
export function triesLeft({ view, settings }: Pick<ConversationContext, 'view' | 'settings'>): number {
  const { open } = view
  if (!open) return 0
  const replies = open.steps.filter(({ role }) => role === 'assistant').length
  const beyond = Math.max(0, replies - mostReplies)
  const before = requestsBefore(view)
  // Reserved: a request with tool results, and one for another model after a refusal.
  const kept = (replies === 0 ? 1 : 0) + (settings.asksInstead && before === 0 && replies < mostReplies ? 1 : 0)
  // The next attempt is not made yet, unless the last one is still to be recorded.
  const made = view.isRejected ? view.attempt - 1 : view.attempt
  return mostRequests - kept - before - (made - beyond)
}

/** Requests for the turns that this one replaces. */
function requestsBefore(view: View): number {
  let count = 0
  const before = (turn: Turn) => earlierTurn(view, turn, turn.replaces)
  for (let turn = view.open && before(view.open); turn; turn = before(turn)) {
    if (turn.isReplaced !== true && turn.status !== 'refused') break
    // Compactions do not count: their number is limited by the list of methods.
    if (turn.kind !== 'compaction') count += Math.max(turn.rejected + 1, turn.attempts.at(-1)?.attempt ?? 0)
  }
  return count
}

export const rejectionFacts = (
  { view }: ConversationContext,
  { failure, fields, container, thinking, pointed }: Omit<RejectedReply, 'shown'>,
  lossless: boolean,
): readonly Fact[] =>
  view.open
    ? [
        {
          type: 'request.rejected',
          turnId: view.open.id,
          attempt: view.attempt,
          model: view.model,
          failure,
          fields,
          thinking,
          ...(container === undefined ? {} : { container }),
          ...(pointed === undefined ? {} : { pointed }),
          ...(lossless ? { lossless } : {}),
        },
      ]
    : []

/** The event for a rejection, emitted once it is stored. */
export function rejectionEvents(
  { view }: ConversationContext,
  attempt: number,
  failure: Failure,
): readonly Announcement[] {
  return view.open
    ? [{ type: 'request.rejected', turnId: view.open.id, attempt, rejection: rejectionOf(view, failure) }]
    : []
}

/** The input of the `decideRejection` slot. */
export function rejectionToDecide(context: ConversationContext): DecideRejectionInput {
  const { view } = context
  const given = view.failure ?? { code: 'request-invalid', message: '' }
  return {
    turnId: view.open?.id ?? '',
    model: view.model,
    failure: given,
    rejection: rejectionOf(view, given),
    triesLeft: Math.max(0, triesLeft(context)),
  }
}

type ModelSwitch = Extract<Fact, { type: 'model.switched' }>

/** Facts, and the events about them. */
interface Change {
  readonly facts: readonly Fact[]
  readonly notices: readonly Announcement[]
}

const nothing: Change = { facts: [], notices: [] }

const turnsOf = (parts: readonly Part[]) => parts.filter((part) => kindOf(part) === 'turn').map(subjectOf)

/** Whether leaving out this part changes the history before the open turn. */
const changesHistory = (part: Part): boolean => !['field', 'container', 'results'].includes(kindOf(part))

/** The facts and events that make requests omit exactly these parts. */
function leaveOut(view: View, left: readonly Part[]): Change {
  const { open, rejections } = view
  if (!open) return nothing
  const turnId = open.id
  const loops = [...left, ...rejections.setAside].some(changesHistory) ? callsThatNeedThinking(view) : []
  const now = new Set<Part>([...left.filter((part) => part !== 'thinking'), ...loops])
  const aside = [...now].filter((part) => !rejections.setAside.includes(part))
  const back = rejections.setAside.filter((part) => !now.has(part))
  const strips = left.includes('thinking') && rejections.rejected.at(-1)?.carried.includes('thinking') === true
  const facts: readonly Fact[] = [
    ...(back.length > 0 ? [{ type: 'context.takenBack', turnId, parts: back } as const] : []),
    ...(aside.length > 0 ? [{ type: 'context.setAside', turnId, parts: aside } as const] : []),
    ...(strips ? [{ type: 'thinking.stripped', turnId } as const] : []),
  ]
  const repairs = aside.filter((part) => kindOf(part) !== 'turn')
  const notices: readonly Announcement[] = [
    ...(turnsOf(back).length > 0 ? [{ type: 'context.takenBack', turnId, turns: turnsOf(back) } as const] : []),
    ...(turnsOf(aside).length > 0 ? [{ type: 'context.setAside', turnId, turns: turnsOf(aside) } as const] : []),
    ...(repairs.length > 0 ? [{ type: 'request.repaired', turnId, leftOut: repairs } as const] : []),
    ...(strips ? [{ type: 'thinking.stripped', turnId } as const] : []),
  ]
  return { facts, notices }
}

/**
 * The switch away from an outage model that rejects every request: to the next outage model, or back to the model before,
 * unless that refused it.
 */
function modelInstead({ view, settings }: ConversationContext): ModelSwitch | null {
  const { away, open, rejections, model: from } = view
  const isRefused = open?.replaces !== undefined && findTurn(view, open.replaces)?.status === 'refused'
  if (away?.turns !== 0 || isRefused || Object.hasOwn(rejections.accepted, from)) return null
  const next = settings.outageModels.includes(from) ? nextOutageModel(view, settings) : undefined
  return next === undefined
    ? { type: 'model.switched', from, to: away.from, cause: 'return' }
    : { type: 'model.switched', from, to: next, cause: 'outage' }
}

/** The change that may make the next request acceptable; `null` if there is none. */
export function repairFor(context: ConversationContext): Change | null {
  const { view } = context
  const tries = triesLeft(context)
  if (tries < 1) return null
  const isMissing = view.failure?.code === 'model-not-found'
  const left = isMissing && !Object.hasOwn(view.rejections.accepted, view.model) ? null : nextLeft(view, tries)
  if (left !== null) return leaveOut(view, left)
  const switched = modelInstead(context)
  return switched && { facts: [switched], notices: [switched] }
}

/** For a new message, includes again the parts that may be innocent. */
export function takeBackInnocent(view: View): Change {
  const parts = partsToTakeBack(view)
  const back = new Set(parts)
  return parts.length > 0
    ? leaveOut(
        view,
        view.rejections.setAside.filter((part) => !back.has(part)),
      )
    : nothing
}

/** Restores the history of the last accepted request: trials since then mean nothing when the turn leaves. */
export function undoTrials(view: View): readonly Fact[] {
  const { rejected, before } = view.rejections
  return rejected.length > 0 ? leaveOut(view, before).facts : []
}
