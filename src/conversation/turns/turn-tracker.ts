import type { Citation, ConversationEmitted, Delta, ReplyEmitted } from '../../../machines/index.ts'
import type { TurnstateError } from '../../errors.ts'
import {
  addUsage,
  asksInstead,
  findTurn,
  type Rejection,
  type Turn as SettledTurn,
  type View,
} from '../../journal/index.ts'
import type { ContextReset, ConversationNotice, RefusalReport, TurnEvent, TurnOutcome } from './events.ts'
import { type ComeBefore, hopReports, idsOf, nothingBefore, outcomeOf, toError, unsentOutcome } from './outcome.ts'
import { busyError, refusedBeforeError, withdrawnError } from './send-errors.ts'
import { TurnHandle } from './turn.ts'

interface Followed {
  readonly handle: TurnHandle
  readonly refusals: RefusalReport[]
  /** The last request that the API did not take, if there was one. */
  rejection: Rejection | null
  /** What the turns came to that were replaced or continued on the way. */
  before: ComeBefore
}

type Emitted<Type extends ConversationEmitted['type']> = Extract<ConversationEmitted, { type: Type }>

export interface TurnTrackerOptions {
  readonly messageForUser: (category: string | null) => string
  /** Reads structured output. */
  readonly parse: (text: string) => unknown
}

/** Follows each message from its sending to its outcome, through the turns that replace one another on the way. */
export class TurnTracker {
  readonly #options: TurnTrackerOptions
  readonly #followed = new Map<string, Followed>()
  #heard: { readonly turnId: string | null; readonly handle: TurnHandle | null } = nobody

  constructor(options: TurnTrackerOptions) {
    this.#options = options
  }

  follow(turnId: string): TurnHandle {
    const handle = new TurnHandle(turnId)
    this.#followed.set(turnId, { handle, refusals: [], rejection: null, before: nothingBefore })
    return handle
  }

  /** The message that a turn belongs to, while it has no outcome. */
  origin(view: View, turnId: string): string | undefined {
    return this.#find(view, turnId)?.handle.id
  }

  /** Adds an event to the message that its turn belongs to, if that has no outcome yet. */
  push(view: View, event: TurnEvent & { readonly turnId: string }): void {
    this.#find(view, event.turnId)?.handle.push(event)
  }

  /** The handle of a message that has no outcome yet. */
  followed(turnId: string): TurnHandle | undefined {
    return this.#followed.get(turnId)?.handle
  }

  forget(turnId: string): void {
    this.#followed.delete(turnId)
  }

  /** Passes on what the reply in progress emits. Runs for every delta, so whose it is is looked up once. */
  hear(view: View, event: Delta | Citation | Extract<ReplyEmitted, { type: 'unknown' }>): void {
    if (this.#heard.turnId !== event.turnId)
      this.#heard = { turnId: event.turnId, handle: this.#find(view, event.turnId)?.handle ?? null }
    this.#heard.handle?.push(event)
  }

  /** Turns something that the chart emitted into notices for the app, in order, and passes them to their turn. */
  notices(emitted: ConversationEmitted, view: View): readonly ConversationNotice[] {
    switch (emitted.type) {
      case 'send.declined':
        // Told by sendMessage itself, unless it was called from within the actor.
        return this.settleUnsent(emitted.turnId, 'failed', busyError())
      case 'input.withdrawn':
        return [
          emitted,
          ...(emitted.refusedTurnId === undefined
            ? this.settleUnsent(emitted.turnId, 'stopped', withdrawnError())
            : this.settleUnsent(emitted.turnId, 'failed', refusedBeforeError(emitted.refusedTurnId))),
        ]
      default: {
        const notice = this.#notice(emitted, view)
        return notice ? [notice] : []
      }
    }
  }

  #notice(
    emitted: Exclude<ConversationEmitted, { type: 'send.declined' | 'input.withdrawn' }>,
    view: View,
  ): ConversationNotice | null {
    switch (emitted.type) {
      case 'turn.completed':
      case 'turn.stopped':
      case 'turn.failed':
        return this.#ended(emitted, view)
      case 'turn.refused':
        return this.#refused(emitted, view)
      case 'context.reset':
        return this.#reset(emitted, view)
      case 'request.rejected': {
        const followed = this.#find(view, emitted.turnId)
        if (followed) followed.rejection = emitted.rejection
        followed?.handle.push(emitted)
        return emitted
      }
      case 'attempt.started':
      case 'retracted':
      case 'retry.scheduled':
      case 'input.queued':
      case 'input.refusedBefore':
      case 'context.compacted':
      case 'thinking.stripped':
      case 'request.repaired':
      case 'context.setAside':
      case 'context.takenBack':
      case 'toolCall.started':
      case 'toolCall.approvalRequested':
      case 'toolCall.answerRequested':
      case 'toolCall.settled':
      case 'decision.timedOut':
        this.#find(view, emitted.turnId)?.handle.push(emitted)
        return emitted
      case 'model.switched':
        this.#openHandle(view)?.push(emitted)
        return emitted
      case 'head.switched':
      case 'journal.unsaved':
        return emitted
    }
  }

  /** Settles whatever is left, so that no awaited turn hangs. Returns the notices for the app. */
  settleAll(error: TurnstateError, status: 'stopped' | 'failed'): readonly ConversationNotice[] {
    return [...this.#followed.keys()].flatMap((turnId) => this.settleUnsent(turnId, status, error))
  }

  #ended(
    { type, turnId }: Emitted<'turn.completed' | 'turn.stopped' | 'turn.failed'>,
    view: View,
  ): ConversationNotice | null {
    const turn = findTurn(view, turnId)
    if (!turn) return null
    const followed = this.#find(view, turnId)
    const hops = hopReports(turn)
    followed?.refusals.push(...hops)
    const outcome = outcomeOf({
      turn,
      view,
      before: followed?.before ?? nothingBefore,
      refusals: followed?.refusals ?? hops,
      rejection: followed?.rejection ?? null,
      parse: this.#options.parse,
    })
    const next = this.#next(view, turnId)
    if (!next) return this.#settle(followed, { type, turnId, outcome }, outcome)
    // The message has no outcome yet: another turn goes on with it.
    const notice = {
      type: 'turn.continued',
      turnId,
      by: next.id,
      ...(turn.failure ? { error: toError(turn.failure) } : {}),
    } as const
    if (followed) this.#goOn(followed, turn)
    followed?.handle.push(notice)
    return notice
  }

  #refused(emitted: Emitted<'turn.refused'>, view: View): ConversationNotice {
    const { type: _, refusal, ...rest } = emitted
    const { turnId, policy } = emitted
    const { category, explanation, textShown, model = null, recommendedModel } = refusal
    const turn = findTurn(view, turnId)
    const report: RefusalReport = {
      ...rest,
      category,
      explanation,
      textShown,
      model,
      ...(recommendedModel === undefined ? {} : { recommendedModel }),
      ...(turn ? idsOf(turn.attempts.at(-1)) : {}),
      messageForUser: this.#options.messageForUser(category),
    }
    const notice = { type: 'turn.refused', ...report } as const
    const followed = this.#find(view, turnId)
    followed?.refusals.push(...(turn ? hopReports(turn) : []), report)
    if (policy === 'manual' || policy === null) this.#settleRefused(view, followed, turnId)
    else if (asksInstead(policy, '') !== null || this.#next(view, turnId)) followed?.handle.push(notice)
    return notice
  }

  #reset({ type, left, turnId, ...rest }: Emitted<'context.reset'>, view: View): ConversationNotice {
    const reset: ContextReset = {
      ...rest,
      turnId,
      left: left.map((id) => ({ turnId: id, why: id === turnId ? 'refused' : 'withdrawn' })),
    }
    const notice = { type, ...reset } as const
    const followed = turnId === null ? undefined : this.#find(view, turnId)
    if (followed && turnId !== null) {
      followed.handle.push(notice)
      const turn = findTurn(view, turnId)
      if (turn && this.#next(view, turnId)) this.#goOn(followed, turn)
      else this.#settleRefused(view, followed, turnId, reset)
    }
    return notice
  }

  #settleRefused(view: View, followed: Followed | undefined, turnId: string, reset?: ContextReset): void {
    const turn = findTurn(view, turnId)
    const report = followed?.refusals.at(-1)
    if (!followed || !turn || !report) return
    const { before, refusals, rejection } = followed
    const { parse } = this.#options
    const outcome = outcomeOf({ turn, view, before, refusals, rejection, reset, parse })
    this.#settle(followed, { type: 'turn.refused', ...report, outcome }, outcome)
  }

  /** Settles a message that never came to an outcome of its own, unless it has one. Returns the notices for the app. */
  settleUnsent(turnId: string, status: 'stopped' | 'failed', error: TurnstateError): readonly ConversationNotice[] {
    const followed = this.#followed.get(turnId)
    if (!followed) return []
    const outcome = unsentOutcome(turnId, status, error)
    const type = status === 'stopped' ? 'turn.stopped' : 'turn.failed'
    return [this.#settle(followed, { type, turnId, outcome }, outcome)]
  }

  #settle<Last extends TurnEvent>(followed: Followed | undefined, last: Last, outcome: TurnOutcome): Last {
    followed?.handle.settle(last, outcome)
    if (followed) this.#followed.delete(followed.handle.id)
    this.#heard = nobody
    return last
  }

  /** The turn that has taken its place, or continues it, without anybody having asked for that turn by itself. */
  #next({ open, turns }: View, turnId: string): SettledTurn | undefined {
    const isNext = (turn: SettledTurn) =>
      (turn.replaces === turnId || turn.continues === turnId) && !this.#followed.has(turn.id)
    if (open && isNext(open)) return open
    // It can only have settled after, and what ended is mostly the last.
    return turns.slice(turns.findLastIndex(({ id }) => id === turnId) + 1).find(isNext)
  }

  /** Enters what a turn came to that was not the last. */
  #goOn(followed: Followed, turn: SettledTurn): void {
    const { usage, attempts } = followed.before
    followed.before = { usage: addUsage(usage, turn.usage), attempts: [...attempts, ...turn.attempts] }
  }

  #openHandle(view: View): TurnHandle | undefined {
    const { open } = view
    return open ? this.#find(view, open.id)?.handle : undefined
  }

  /** The message that a turn goes back to. */
  #find(view: View, turnId: string): Followed | undefined {
    if (this.#followed.size === 0) return undefined
    const known = this.#followed.get(turnId)
    if (known) return known
    const turn = findTurn(view, turnId)
    const before = turn?.replaces ?? turn?.continues
    return before === undefined ? undefined : this.#find(view, before)
  }
}

const nobody = { turnId: null, handle: null }
