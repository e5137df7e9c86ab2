// Between the chart's slot `journal` and a store.
//   W1  One write at a time. What comes meanwhile is stored together with the next one.
//   W2  A write that fails takes with it those that wait behind it: they would leave a gap. The chart sends all of them again.
//   W3  What the chart sends again is written at once, whether or not an earlier write has answered: that one may hang. Its answer
//       counts no more. The store recognises what it has already.
//   W4  The lease is renewed at a third of its time. Once it is lost, nothing more is written.
//   W5  Once the actor is stopped, what has not begun to be written is not written any more.
import type { JournalCommand, JournalEvent } from '../../machines/index.ts'
import { type Clock, unref } from '../clock.ts'
import { type Failure, failureFrom, TurnstateError } from '../errors.ts'
import { checkpointOf, type StoredFact, summaryOf, type View } from '../journal/index.ts'
import type { AppendResult, MaybePromise, OpenConversation } from '../stores/index.ts'
import type { Loaded } from './keeping.ts'

/** Where a conversation stores its facts. */
export interface Journal {
  /** What is stored. @throws TurnstateError `not-available` where the conversation was loaded from a checkpoint */
  facts(): readonly StoredFact[]
  /** Does the work of an actor in the `journal` slot. Returns a function that ends it. */
  start(receive: (listener: (command: JournalCommand) => void) => void, send: (event: JournalEvent) => void): () => void
  /** Gives up the lease. Never rejects. */
  release(): Promise<void>
}

/** What a journal needs. */
export interface JournalParts {
  /** The conversation in its store; a promise while it is being opened. */
  readonly opened: OpenConversation | Promise<OpenConversation>
  /** What was loaded. Default: nothing. */
  readonly loaded?: Loaded | undefined
  readonly clock: Clock
  /** Whether another process may want the lease. Default true. */
  readonly isLeased?: boolean
  /** Everything that is recorded, stored or not. */
  readonly view: () => View
}

/** Writes to a store what the chart records. One for each conversation. */
export const storedJournal = (parts: JournalParts): Journal => new StoredJournal(parts)

class StoredJournal implements Journal {
  readonly #parts: JournalParts
  /** The facts after the checkpoint. */
  readonly #facts: StoredFact[]
  /** The revision of the last checkpoint. */
  #checkpoint: number
  #revision: number
  #opened: OpenConversation | null
  #send: (event: JournalEvent) => void = nowhere
  #waiting: JournalCommand[] = []
  /** The revision that the next command has to begin with. Commands beyond it follow one that failed, and come again. */
  #next: number
  /** Distinguishes the write whose answer is awaited from those that were given up; `null` while none is. */
  #writing: object | null = null
  #isLost = false
  #isStopped = false
  #renewal: unknown = null

  constructor(parts: JournalParts) {
    this.#parts = parts
    const { facts = [], checkpoint = 0 } = parts.loaded ?? {}
    this.#facts = [...facts]
    this.#checkpoint = checkpoint
    this.#revision = checkpoint + facts.length
    this.#next = this.#revision
    this.#opened = parts.opened instanceof Promise ? null : parts.opened
  }

  start(receive: (listener: (command: JournalCommand) => void) => void, send: (event: JournalEvent) => void) {
    this.#send = send
    this.#isStopped = false
    receive((command) => this.#take(command))
    this.#begin()
    return () => this.#stop()
  }

  facts(): readonly StoredFact[] {
    if (this.#revision === this.#facts.length) return this.#facts
    throw new TurnstateError(
      'not-available',
      'An inspector needs all facts of the conversation, and it was loaded without the first of them. Open it with the option "inspect".',
    )
  }

  async release(): Promise<void> {
    this.#stop()
    try {
      const opened = await this.#parts.opened
      if (this.#revision - this.#checkpoint >= worthKeeping) await this.#keepCheckpoint(opened)
      await opened.release()
    } catch {
      // It was never opened, or its lease expires by itself.
    }
  }

  #begin(): void {
    const { opened } = this.#parts
    if (this.#opened) return this.#ready(this.#opened)
    void this.#whenOpened(opened)
  }

  async #whenOpened(opened: OpenConversation | Promise<OpenConversation>): Promise<void> {
    try {
      const conversation = await opened
      if (conversation.revision === this.#revision) this.#ready(conversation)
      else this.#lose(idTaken)
    } catch (error) {
      // It has nothing that could be written later: a conversation that can't be opened does not begin.
      this.#lose(failureOf(error))
    }
  }

  #ready(opened: OpenConversation): void {
    this.#opened = opened
    this.#renewLater(opened)
    this.#send({ type: 'journal.ready' })
  }

  #stop(): void {
    this.#send = nowhere
    this.#isStopped = true
    this.#waiting = []
    this.#parts.clock.clearTimeout(this.#renewal)
  }

  #take(command: JournalCommand): void {
    if (this.#isLost || command.expected > this.#next) return
    if (command.expected < this.#next) {
      // W3
      this.#waiting = []
      this.#writing = null
    }
    this.#waiting.push(command)
    this.#next = command.expected + command.facts.length
    this.#write()
  }

  #write(): void {
    const [first] = this.#waiting
    const last = this.#waiting.at(-1)
    if (this.#writing || !first || !last || !this.#opened || this.#isLost) return
    const facts = this.#waiting.flatMap((command) => command.facts)
    this.#waiting = []
    const writing = {}
    this.#writing = writing
    const { expected } = first
    const { appendId } = last
    const answer = (result: AppendResult) => {
      if (this.#writing !== writing) return
      this.#writing = null
      this.#answer(result, expected, facts, appendId)
      this.#write()
    }
    const append = { appendId, expected, facts, summary: summaryOf(this.#parts.view()) }
    const result = tried(() => this.#opened?.append(append))
    if (result instanceof Promise) void awaited(result).then(answer)
    else answer(result)
  }

  #answer(result: AppendResult, expected: number, facts: readonly StoredFact[], appendId: string): void {
    switch (result.status) {
      case 'saved':
        for (const fact of facts)
          if (fact.seq === this.#revision) {
            this.#facts.push(fact)
            this.#revision++
          }
        this.#keepNow()
        return this.#send({ type: 'journal.saved', revision: result.revision, appendId })
      case 'failed':
        // W2
        this.#waiting = []
        this.#next = expected
        return this.#send({ type: 'journal.failed', failure: result.failure, appendId })
      case 'lost':
        return this.#lose(result.failure)
    }
  }

  /** Longer journals are kept at longer intervals, so that this costs each fact the same. */
  #keepNow(): void {
    if (this.#revision < this.#checkpoint * 1.5 + mostFolded || !this.#opened) return
    void this.#keepCheckpoint(this.#opened).catch(() => {})
  }

  /** Stores the view, if it shows nothing that is not stored. */
  async #keepCheckpoint(opened: OpenConversation): Promise<void> {
    const view = this.#parts.view()
    if (this.#parts.isLeased === false || this.#isLost || view.revision !== this.#revision) return
    this.#checkpoint = view.revision
    await opened.saveCheckpoint(checkpointOf(view))
  }

  #lose(failure: Failure): void {
    this.#isLost = true
    this.#waiting = []
    this.#parts.clock.clearTimeout(this.#renewal)
    this.#send({ type: 'journal.lost', failure })
  }

  #renewLater(opened: OpenConversation): void {
    if (this.#parts.isLeased === false || this.#isStopped) return
    const { clock } = this.#parts
    clock.clearTimeout(this.#renewal)
    this.#renewal = clock.setTimeout(() => void this.#renew(opened), opened.lease / 3)
    unref(this.#renewal)
  }

  async #renew(opened: OpenConversation): Promise<void> {
    try {
      const result = await opened.renew()
      if (result.status === 'lost') return this.#lose(result.failure)
    } catch {
      // The next renewal, or the next append, says what became of it.
    }
    if (!this.#isLost) this.#renewLater(opened)
  }
}

const nowhere = () => {}

/** Facts after a checkpoint that are folded at most, in a short journal. */
const mostFolded = 1_000

/** With so many new facts, a conversation that closes keeps a checkpoint. */
const worthKeeping = 200

const idTaken: Failure = {
  code: 'conversation-lost',
  message: 'The store already has a conversation with this id, so nothing was written. Choose another id.',
}

/** A store that throws has not said whether it has stored. */
function tried(write: () => MaybePromise<AppendResult> | undefined): MaybePromise<AppendResult> {
  try {
    return write() ?? { status: 'failed', failure: failureOf(new Error('The store is not open.')) }
  } catch (error) {
    return { status: 'failed', failure: failureOf(error) }
  }
}

async function awaited(result: Promise<AppendResult>): Promise<AppendResult> {
  try {
    return await result
  } catch (error) {
    return { status: 'failed', failure: failureOf(error) }
  }
}

const failureOf = (error: unknown): Failure =>
  TurnstateError.is(error)
    ? { ...error.details, code: error.code, message: error.message }
    : failureFrom('journal-write-failed', error)
