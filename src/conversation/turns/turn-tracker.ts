// Follows each message from its sending to its outcome.
//   T1  Each followed message gets one outcome, and no event after it.
//   T2  A turn that the chart opens in the place of another, or to continue it, belongs to the same message. One that somebody
//       asks for, a retry too, is a message of its own.
//   T3  The outcome is that of the last turn of the message, computed from the view at the time of the event: `outcomeOf`.
//   T4  A refused message has its outcome once its reset is stored, or when a person has to decide.
//   T5  A message that never became a turn (declined, withdrawn, aborted) has an outcome all the same; so does every message that
//       is left when the conversation ends.
import type { Citation, ConversationEmitted, Delta, ReplyEmitted } from '../../../machines/index.ts'
import type { TurnstateError } from '../../errors.ts'
import {
  asksInstead,
  type ContextReset,
  findTurn,
  followingTurn,
  originOf,
  outcomeOf,
  refusalReport,
  type View,
} from '../../journal/index.ts'
import type { ConversationNotice, RefusalReport, TurnEvent, TurnOutcome } from './events.ts'
import { type Readers, toError, toRefusalReport, toTurnOutcome } from './outcome.ts'
import { unsentOutcome } from './unsent-outcome.ts'
import { abortedError, busyError, refusedBeforeError, withdrawnError } from './send-errors.ts'
import { TurnHandle } from './turn.ts'

type Emitted<Type extends ConversationEmitted['type']> = Extract<ConversationEmitted, { type: Type }>

/** The messages of one conversation that have no outcome yet. */
export class TurnTracker {
  /** What the app makes of texts. */
  readonly readers: Readers
  /** By the id of the turn that the message began with. */
  readonly #handles = new Map<string, TurnHandle>()
  /** Whose the last delta was. */
  #heard: { readonly turnId: string | null; readonly handle: TurnHandle | undefined } = nobody

  constructor(readers: Readers) {
    this.readers = readers
  }

  follow(turnId: string): TurnHandle {
    const handle = new TurnHandle(turnId)
    this.#handles.set(turnId, handle)
    return handle
  }

  /** The message that a turn belongs to, while it has no outcome. */
  origin(view: View, turnId: string): string | undefined {
    return this.#find(view, turnId)?.id
  }

  /** The handle of a message that has no outcome yet. */
  followed(turnId: string): TurnHandle | undefined {
    return this.#handles.get(turnId)
  }

  forget(turnId: string): void {
    this.#handles.delete(turnId)
  }

  /** Adds an event to the message that its turn belongs to, if that has no outcome yet. */
  push(view: View, event: TurnEvent & { readonly turnId: string }): void {
    this.#find(view, event.turnId)?.push(event)
  }

  /** The same for what arrives of a reply. Runs for every delta, so the handle is looked up once for each turn. */
  hear(view: View, event: Delta | Citation | Extract<ReplyEmitted, { type: 'unknown' }>): void {
    if (this.#heard.turnId !== event.turnId)
      this.#heard = { turnId: event.turnId, handle: this.#find(view, event.turnId) }
    this.#heard.handle?.push(event)
  }

  /** Turns something that the chart emitted into notices for the app, in order, and adds them to their message. */
  notices(emitted: ConversationEmitted, view: View): readonly ConversationNotice[] {
    switch (emitted.type) {
      case 'send.declined':
        // sendMessage() throws it, unless it was called from within the actor.
        return this.settleUnsent(view.revision, emitted.turnId, 'failed', busyError())
      case 'input.withdrawn':
        return [emitted, ...this.#withdrawn(emitted)]
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
      case 'request.rejected':
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
        this.push(view, emitted)
        return emitted
      case 'model.switched':
        if (view.open) this.#find(view, view.open.id)?.push(emitted)
        return emitted
      case 'turn.continued':
        return this.#continued(emitted, view)
      case 'head.switched':
      case 'journal.unsaved':
      case 'conversation.lost':
        return emitted
    }
  }

  /** Settles every message that is left, so that no awaited turn hangs. Returns the notices for the app. */
  settleAll(view: View, errorOf: () => TurnstateError, status: 'stopped' | 'failed'): readonly ConversationNotice[] {
    if (this.#handles.size === 0) return []
    const error = errorOf()
    return [...this.#handles.keys()].flatMap((turnId) => this.settleUnsent(view.revision, turnId, status, error))
  }

  /** Settles a message that has no outcome of a turn, unless it has one. Returns the notices for the app. */
  settleUnsent(
    revision: number,
    turnId: string,
    status: 'stopped' | 'failed',
    error: TurnstateError,
  ): readonly ConversationNotice[] {
    const handle = this.#handles.get(turnId)
    if (!handle) return []
    const outcome = unsentOutcome(turnId, status, error)
    const type = status === 'stopped' ? 'turn.stopped' : 'turn.failed'
    return [this.#settle(handle, { type, turnId, outcome, revision })]
  }

  #withdrawn({ turnId, revision, refusedTurnId, cause }: Emitted<'input.withdrawn'>): readonly ConversationNotice[] {
    if (refusedTurnId !== undefined)
      return this.settleUnsent(revision, turnId, 'failed', refusedBeforeError(refusedTurnId))
    return this.settleUnsent(revision, turnId, 'stopped', cause === 'aborted' ? abortedError() : withdrawnError())
  }

  #ended(
    { type, turnId, revision }: Emitted<'turn.completed' | 'turn.stopped' | 'turn.failed'>,
    view: View,
  ): ConversationNotice | null {
    const outcome = this.#outcome(view, turnId)
    return outcome && this.#settle(this.#find(view, turnId), { type, turnId, outcome, revision })
  }

  #continued({ failure, ...rest }: Emitted<'turn.continued'>, view: View): ConversationNotice {
    const notice = { ...rest, ...(failure ? { error: toError(failure) } : {}) }
    this.#find(view, rest.turnId)?.push(notice)
    return notice
  }

  #refused({ turnId, policy, revision }: Emitted<'turn.refused'>, view: View): ConversationNotice | null {
    const turn = findTurn(view, turnId)
    const refusal = turn && refusalReport(view, turn)
    if (!turn || !refusal) return null
    const report = { ...toRefusalReport(refusal, this.readers), policy }
    const notice = { type: 'turn.refused', ...report, revision } as const
    if (policy === 'manual' || policy === null) this.#settleRefused(view, turnId, revision, report)
    else if (asksInstead(policy, '') !== null || followingTurn(view, turn)) this.push(view, notice)
    return notice
  }

  #reset({ type, left, turnId, revision, ...rest }: Emitted<'context.reset'>, view: View): ConversationNotice {
    const reset: ContextReset = {
      ...rest,
      turnId,
      left: left.map((id) => ({ turnId: id, why: id === turnId ? 'refused' : 'withdrawn' })),
    }
    const notice = { type, ...reset, revision } as const
    const turn = turnId === null ? undefined : findTurn(view, turnId)
    if (turn) {
      this.push(view, { ...notice, turnId: turn.id })
      if (!followingTurn(view, turn)) this.#settleRefused(view, turn.id, revision)
    }
    return notice
  }

  /** @param last the refusal as it was announced, where that says more than the facts */
  #settleRefused(view: View, turnId: string, revision: number, last?: RefusalReport): void {
    const handle = this.#find(view, turnId)
    const found = handle && this.#outcome(view, turnId)
    if (!found?.refusal) return
    const refusal = last ?? found.refusal
    const outcome = { ...found, refusals: [...found.refusals.slice(0, -1), refusal], refusal }
    this.#settle(handle, { type: 'turn.refused', ...refusal, outcome, revision })
  }

  #settle<Last extends TurnEvent & { readonly outcome: TurnOutcome }>(
    handle: TurnHandle | undefined,
    last: Last,
  ): Last {
    handle?.settle(last, last.outcome)
    if (handle) this.#handles.delete(handle.id)
    this.#heard = nobody
    return last
  }

  #outcome(view: View, turnId: string): TurnOutcome | null {
    const outcome = outcomeOf(view, turnId)
    return outcome && toTurnOutcome(outcome, this.readers)
  }

  #find(view: View, turnId: string): TurnHandle | undefined {
    return this.#handles.size === 0 ? undefined : this.#handles.get(originOf(view, turnId))
  }
}

const nobody = { turnId: null, handle: undefined }
