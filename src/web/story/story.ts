// What happened while the page looked: what the conversation itself no longer says once it is over. The path of states of the present
// turn, texts that were taken back, which turns a reset withdrew, how long the model thought, when the next attempt is.
import type { ClientConversation } from '../../client/index.ts'
import type { ConversationNotice, ConversationStatus, TranscriptItem } from '../../index.ts'

/** Why a turn is not in the context. */
export interface Departure {
  readonly why: 'refused' | 'withdrawn' | 'set-aside'
  readonly cause: 'refusal' | 'rejection' | 'clear'
}

/** A wait before another attempt. */
interface Waiting {
  readonly turnId: string
  /** The attempt that comes next, from 2. */
  readonly attempt: number
  /** Milliseconds since 1970; `null` if the server chooses the time. */
  readonly until: number | null
  readonly why: string
}

/** The story so far. The same object until something has changed. */
export interface Told {
  /** The chart's states of the present turn in order, without those inside: `asking`, `streaming`, `refused` … */
  readonly path: readonly string[]
  readonly left: ReadonlyMap<string, Departure>
  /** Replies that were just taken back, as they were shown last. */
  readonly folding: ReadonlyMap<string, TranscriptItem>
  readonly waiting: Waiting | null
  /** Turns whose reply reached the limit of its length. */
  readonly truncated: ReadonlySet<string>
  /** Milliseconds that the model thought, by turn. */
  readonly thought: ReadonlyMap<string, number>
  /** Milliseconds since 1970 at which tool calls began. */
  readonly callsSince: ReadonlyMap<string, number>
  /** What was left out so that a request is accepted, by turn. */
  readonly repaired: ReadonlyMap<string, number>
  /** Turns whose words were refused before. */
  readonly refusedBefore: ReadonlySet<string>
  /** A sentence for screen readers. */
  readonly said: string
}

const nothing: Told = {
  path: [],
  left: new Map(),
  folding: new Map(),
  waiting: null,
  truncated: new Set(),
  thought: new Map(),
  callsSince: new Map(),
  repaired: new Map(),
  refusedBefore: new Set(),
  said: '',
}

/** Milliseconds in which a text that was taken back folds away. */
const foldTime = 900

/** A state at rest: what follows begins another path. */
const atRest = new Set(['idle', 'failed'])

/** States that a status says by itself. The others are told by events: a server does not send the chart's own changes. */
const stateAfter: Partial<Record<ConversationStatus, string>> = {
  ready: 'idle',
  error: 'failed',
  refused: 'refused',
  rejected: 'rejected',
  'awaiting-approval': 'tools',
}

export class Story {
  told: Told = nothing
  readonly #listeners = new Set<() => void>()
  readonly #thinkingSince = new Map<string, number>()
  #streaming: TranscriptItem | null = null

  constructor(chat: ClientConversation) {
    chat.on('*', (notice) => this.#heard(notice))
    let { status } = chat
    chat.subscribe(() => {
      const last = chat.messages.at(-1)
      if (last?.status === 'streaming') this.#streaming = last
      if (status === chat.status) return
      ;({ status } = chat)
      const state = stateAfter[status]
      if (state && this.told.path.length > 0) this.#enter(state)
    })
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(change: Partial<Told>): void {
    this.told = { ...this.told, ...change }
    for (const listener of this.#listeners) listener()
  }

  #heard(notice: ConversationNotice): void {
    const { told } = this
    switch (notice.type) {
      case 'delta':
        return this.#grew(notice.turnId, notice.kind)
      case 'retracted': {
        if (notice.cause === 'refusal') this.#enter('refused')
        const shown = this.#streaming
        if (!shown || shown.turnId !== notice.turnId || notice.cause === 'retry') return
        this.#streaming = null
        this.#tell({ folding: new Map(this.told.folding).set(shown.turnId, shown) })
        setTimeout(() => {
          const folding = new Map(this.told.folding)
          folding.delete(shown.turnId)
          this.#tell({ folding })
        }, foldTime)
        return
      }
      case 'context.reset': {
        if (notice.cause === 'refusal') this.#enter('refused')
        this.#enter('reset')
        const left = new Map(told.left)
        for (const { turnId, why } of notice.left) left.set(turnId, { why, cause: notice.cause })
        return this.#tell({ left })
      }
      case 'context.setAside': {
        const left = new Map(told.left)
        for (const turnId of notice.turns) left.set(turnId, { why: 'set-aside', cause: 'rejection' })
        return this.#tell({ left })
      }
      case 'context.takenBack': {
        const left = new Map(told.left)
        for (const turnId of notice.turns) left.delete(turnId)
        return this.#tell({ left })
      }
      case 'request.repaired':
        return this.#tell({ repaired: new Map(told.repaired).set(notice.turnId, notice.leftOut.length) })
      case 'input.refusedBefore':
        return this.#tell({ refusedBefore: new Set(told.refusedBefore).add(notice.turnId) })
      case 'request.rejected':
        return this.#enter('rejected')
      case 'retry.scheduled':
        this.#enter('waitingToRetry')
        return this.#tell({
          waiting: {
            turnId: notice.turnId,
            attempt: notice.attempt + 1,
            until: notice.retryAfter === null ? null : Date.now() + notice.retryAfter,
            why: notice.failure.message,
          },
          said: 'The service can’t be reached. It is tried again.',
        })
      case 'attempt.started':
        this.#enter('asking')
        return this.#tell({ waiting: null, said: 'A reply is being written.' })
      case 'toolCall.started':
        this.#enter('tools')
        return this.#tell({ callsSince: new Map(told.callsSince).set(notice.callId, Date.now()) })
      case 'toolCall.approvalRequested':
        return this.#tell({ said: `The tool ${notice.name} waits for your permission.` })
      case 'toolCall.answerRequested':
        return this.#tell({ said: `The tool ${notice.name} waits for your answer.` })
      case 'turn.completed':
        return this.#tell({
          waiting: null,
          said: 'The reply is complete.',
          ...(notice.outcome.truncated ? { truncated: new Set(told.truncated).add(notice.turnId) } : {}),
        })
      case 'turn.refused':
        return this.#tell({ waiting: null, said: notice.messageForUser })
      case 'turn.failed':
        return this.#tell({ waiting: null, said: `No reply. ${notice.outcome.error?.message ?? ''}` })
      case 'turn.stopped':
        return this.#tell({ waiting: null, said: 'Stopped.' })
      default:
    }
  }

  #enter(state: string): void {
    const { path } = this.told
    const last = path.at(-1) ?? ''
    if (last === state) return
    // A turn that goes round, as with tools, is drawn by its last rounds.
    const before = atRest.has(last) ? [] : last === 'asking' && state === 'streaming' ? path.slice(0, -1) : path
    this.#tell({ path: [...before, state].slice(-8) })
  }

  #grew(turnId: string, kind: string): void {
    if (this.told.path.at(-1) !== 'streaming') this.#enter('streaming')
    const since = this.#thinkingSince.get(turnId)
    if (kind === 'thinking') {
      if (since === undefined) this.#thinkingSince.set(turnId, Date.now())
    } else if (since !== undefined && !this.told.thought.has(turnId)) {
      this.#tell({ thought: new Map(this.told.thought).set(turnId, Date.now() - since) })
    }
  }
}

const stories = new WeakMap<ClientConversation, Story>()

/** The story of a conversation: all components share it. */
export function storyOf(chat: ClientConversation): Story {
  let story = stories.get(chat)
  if (!story) stories.set(chat, (story = new Story(chat)))
  return story
}
