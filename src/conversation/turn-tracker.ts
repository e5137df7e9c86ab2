import type { ConversationEmitted, Delta, ReplyEmitted } from '../../machines/index.ts'
import { TurnstateError } from '../errors.ts'
import { addUsage, findTurn, noUsage, type Turn as SettledTurn, type Usage, type View } from '../journal/index.ts'
import type { ContextReset, ConversationNotice, RefusalReport, TurnEvent, TurnOutcome } from './events.ts'
import { outcomeOf, unsentOutcome } from './outcome.ts'
import { TurnHandle } from './turn.ts'

interface Followed {
  readonly handle: TurnHandle
  readonly refusals: RefusalReport[]
  /** Usage of the turns that were replaced on the way. */
  spent: Usage
}

type Emitted<Type extends ConversationEmitted['type']> = Extract<ConversationEmitted, { type: Type }>

export interface TurnTrackerOptions {
  readonly view: () => View
  readonly messageForUser: (category: string | null) => string
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
    this.#followed.set(turnId, { handle, refusals: [], spent: noUsage })
    return handle
  }

  forget(turnId: string): void {
    this.#followed.delete(turnId)
  }

  /** Passes on what the reply in progress emits. Runs for every delta, so whose it is is looked up once. */
  hear(event: Delta | Extract<ReplyEmitted, { type: 'unknown' }>): void {
    if (this.#heard.turnId !== event.turnId)
      this.#heard = { turnId: event.turnId, handle: this.#find(event.turnId)?.handle ?? null }
    this.#heard.handle?.push(event)
  }

  /** What the app is told of something that the chart emitted; its turn is told too. */
  notice(emitted: ConversationEmitted): ConversationNotice | null {
    switch (emitted.type) {
      case 'turn.completed':
      case 'turn.stopped':
      case 'turn.failed':
        return this.#ended(emitted)
      case 'turn.refused':
        return this.#refused(emitted)
      case 'context.reset':
        return this.#reset(emitted)
      case 'send.rejected':
        // Told by sendMessage itself, unless it was called from within the actor.
        this.settleUnsent(emitted.turnId, 'failed', new TurnstateError('conversation-busy', busyMessage))
        return null
      case 'input.withdrawn':
        this.settleUnsent(
          emitted.turnId,
          'stopped',
          new TurnstateError('input-withdrawn', 'The message was taken out of the queue before its turn came.'),
        )
        return emitted
      case 'attempt.started':
      case 'retracted':
      case 'retry.scheduled':
      case 'input.queued':
        this.#find(emitted.turnId)?.handle.push(emitted)
        return emitted
      case 'model.switched':
      case 'journal.unsaved':
        return emitted
    }
  }

  /** Settles whatever is left: no awaited turn is left hanging. */
  settleAll(error: TurnstateError, status: 'stopped' | 'failed'): void {
    for (const turnId of this.#followed.keys()) this.settleUnsent(turnId, status, error)
  }

  #ended({ type, turnId }: Emitted<'turn.completed' | 'turn.stopped' | 'turn.failed'>): ConversationNotice | null {
    const turn = this.#turn(turnId)
    if (!turn) return null
    const followed = this.#find(turnId)
    const outcome = outcomeOf({
      turn,
      spentBefore: followed?.spent ?? noUsage,
      refusals: followed?.refusals ?? [],
    })
    return this.#settle(followed, { type, turnId, outcome }, outcome)
  }

  #refused(emitted: Emitted<'turn.refused'>): ConversationNotice {
    const { turnId, refusal, usage, policy, nothingLeft } = emitted
    const report: RefusalReport = {
      turnId,
      ...refusal,
      messageForUser: this.#options.messageForUser(refusal.category),
      usage,
      policy,
      nothingLeft,
    }
    const notice = { type: 'turn.refused', ...report } as const
    const followed = this.#find(turnId)
    followed?.refusals.push(report)
    if (policy === 'manual' || policy === null) this.#settleRefused(followed, turnId)
    else if (typeof policy === 'object' && 'rephrase' in policy) followed?.handle.push(notice)
    return notice
  }

  #reset({ type, left, turnId, ...rest }: Emitted<'context.reset'>): ConversationNotice {
    const reset: ContextReset = {
      ...rest,
      turnId,
      left: left.map((id) => ({ turnId: id, why: id === turnId ? 'refused' : 'withdrawn' })),
    }
    const notice = { type, ...reset } as const
    const followed = turnId === null ? undefined : this.#find(turnId)
    if (followed && turnId !== null) {
      followed.handle.push(notice)
      if (this.#isReplaced(turnId)) followed.spent = addUsage(followed.spent, this.#turn(turnId)?.usage ?? noUsage)
      else this.#settleRefused(followed, turnId, reset)
    }
    return notice
  }

  #settleRefused(followed: Followed | undefined, turnId: string, reset?: ContextReset): void {
    const turn = this.#turn(turnId)
    const report = followed?.refusals.at(-1)
    if (!followed || !turn || !report) return
    const outcome = outcomeOf({ turn, spentBefore: followed.spent, refusals: followed.refusals, reset })
    this.#settle(followed, { type: 'turn.refused', ...report, outcome }, outcome)
  }

  /** Settles a message that never came to an outcome of its own. */
  settleUnsent(turnId: string, status: 'stopped' | 'failed', error: TurnstateError): void {
    const followed = this.#followed.get(turnId)
    if (!followed) return
    const outcome = unsentOutcome(turnId, status, error)
    this.#settle(followed, { type: status === 'stopped' ? 'turn.stopped' : 'turn.failed', turnId, outcome }, outcome)
  }

  #settle<Last extends TurnEvent>(followed: Followed | undefined, last: Last, outcome: TurnOutcome): Last {
    followed?.handle.settle(last, outcome)
    if (followed) this.#followed.delete(followed.handle.id)
    this.#heard = nobody
    return last
  }

  #turn(turnId: string): SettledTurn | undefined {
    return findTurn(this.#options.view(), turnId)
  }

  #isReplaced(turnId: string): boolean {
    const { open, turns } = this.#options.view()
    return open?.replaces === turnId || turns.some((turn) => turn.replaces === turnId)
  }

  /** The message that a turn goes back to. */
  #find(turnId: string): Followed | undefined {
    if (this.#followed.size === 0) return undefined
    const known = this.#followed.get(turnId)
    if (known) return known
    const replaced = this.#turn(turnId)?.replaces
    return replaced === undefined ? undefined : this.#find(replaced)
  }
}

const nobody = { turnId: null, handle: null }

export const busyMessage =
  'A turn is under way. Await it, stop() it, or set whenBusy to "queue" or "interrupt". Nothing was sent.'
