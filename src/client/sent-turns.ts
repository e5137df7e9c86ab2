// The messages that this client sent, from their sending to their outcome.
//   M1  Each has one outcome, and no event after it: that of the server, once the event stream brings it.
//   M2  The server gives a message the id of its first turn, and names it in every event that is about it. Events that come before the
//       answer with that id wait for it.
//   M3  An outcome that the stream did not bring, because it began anew after the message was through, is asked for.
import type { TurnstateError } from '../errors.ts'
import type { ConversationNotice, Notice, TurnEvent, TurnOutcome } from '../index.ts'
import { abortedError } from '../conversation/turns/send-errors.ts'
import { TurnHandle } from '../conversation/turns/turn.ts'
import { unsentOutcome } from '../conversation/turns/unsent-outcome.ts'
import type { ConversationState } from './wire.ts'
import type { Answer } from './read-wire.ts'
import type { Write } from './writes.ts'

/** The handle of a message, whose id the server gives. */
class SentHandle extends TurnHandle {
  override id = ''
}

/** A message without an outcome. */
export interface SentTurn {
  readonly handle: SentHandle
  readonly write: Write
  /** The revision with which the server has taken it; `null` until then. */
  taken: number | null
  /** Its outcome is being asked for, and how often it was. */
  isAskedFor: boolean
  asked: number
}

/** An event that can be the last one of a message. */
type Ending = Extract<TurnEvent, { readonly outcome?: TurnOutcome }>

/** The messages of one client that have no outcome yet. */
export class SentTurns {
  /** By their keys. */
  readonly #turns = new Map<string, SentTurn>()
  /** By the ids of their first turns. */
  readonly #taken = new Map<string, SentTurn>()
  /** Whose the last event was. */
  #heard: SentTurn | undefined
  /** Events that may be about a message whose id is not known yet. */
  readonly #early: (readonly [message: string | null, notice: ConversationNotice])[] = []

  add(write: Write): SentTurn {
    const handle = new SentHandle('')
    handle.id = write.key
    const turn = { handle, write, taken: null, isAskedFor: false, asked: 0 }
    this.#turns.set(write.key, turn)
    return turn
  }

  has(key: string): boolean {
    return this.#turns.has(key)
  }

  /** The id of a message that may be known by its key. */
  idOf(turnId: string): string {
    return this.#turns.get(turnId)?.handle.id ?? turnId
  }

  get all(): readonly SentTurn[] {
    return [...this.#turns.values()]
  }

  /** The server has taken a message. */
  take(turn: SentTurn, { turnId = turn.write.key, revision = 0 }: Answer): void {
    turn.taken = revision
    turn.handle.id = turnId
    this.#taken.set(turnId, turn)
    for (const [message, notice] of this.#early.splice(0)) this.hear(message, notice)
  }

  /** Adds an event to the message that it is about. A switch of the model names none: it is about the one before. */
  hear(message: string | null, notice: ConversationNotice): void {
    if (notice.type === 'state' || notice.type === 'prompt.changed') return
    if (message !== null) this.#heard = this.#taken.get(message)
    else if (notice.type !== 'model.switched') return
    if (!this.#heard) {
      if (this.all.some(({ taken }) => taken === null)) this.#early.push([message, notice])
    } else if ('outcome' in notice && notice.outcome) this.settle(this.#heard, notice, notice.outcome)
    else if (notice.type === 'turn.refused' ? asksInstead(notice) : notice.type !== 'input.withdrawn')
      this.#heard.handle.push(notice)
  }

  settle(turn: SentTurn, last: Ending, given: TurnOutcome): void {
    const { handle, write } = turn
    const isAborted = write.signal?.aborted && given.status === 'stopped'
    const outcome = isAborted ? { ...given, error: abortedError() } : given
    this.#turns.delete(write.key)
    this.#taken.delete(handle.id)
    if (this.#heard === turn) this.#heard = undefined
    handle.settle(isAborted ? { ...last, outcome } : last, outcome)
  }

  /** Settles a message that the server has not taken, or whose outcome it no longer says. */
  settleUnsent(turn: SentTurn, status: 'stopped' | 'failed', error: TurnstateError, revision: number): void {
    const turnId = turn.handle.id
    const outcome = unsentOutcome(turnId, status, error)
    this.settle(turn, { type: `turn.${status}`, turnId, outcome, revision }, outcome)
  }

  /** The messages that are neither in progress nor waiting, by what the stream shows. */
  missing({ status, messages, queue, revision }: ConversationState): readonly SentTurn[] {
    const isBusy = status === 'submitted' || status === 'streaming' || status === 'awaiting-approval'
    const current = isBusy ? messages.at(-1)?.turnId.replace(/~\d+$/, '') : undefined
    return this.all.filter(
      (turn) =>
        turn.handle.id !== current &&
        !turn.isAskedFor &&
        turn.taken !== null &&
        turn.taken <= revision &&
        !queue.some(({ turnId }) => turnId === turn.handle.id),
    )
  }
}

/** Whether another turn follows on a refusal, for the same message. If none does, the message ends with the same event, once it is over. */
const asksInstead = ({ policy }: Notice<'turn.refused'>): boolean =>
  typeof policy === 'object' &&
  policy !== null &&
  ('rephrase' in policy || ('from' in policy && policy.from === 'this-turn'))
