// What happened while the page looked, and nobody has to know later: the path of states of the present turn, texts that were just taken
// back, when the next attempt is. What people want to read again is in the facts, and comes from the server.
import type { ClientConversation } from '../../client/index.ts'
import type { ConversationNotice, ConversationStatus, Failure, TranscriptItem } from '../../index.ts'
import { troubleOf } from '../notices/words.ts'

/** A wait before another attempt. */
interface Waiting {
  /** The attempt that comes next, from 2. */
  readonly attempt: number
  /** Milliseconds since 1970; `null` if the server chooses the time. */
  readonly until: number | null
}

/** A state that the present turn has been in. */
export interface Step {
  /** As the chart names it, without states inside of it: `asking`, `streaming`, `refused` … */
  readonly state: string
  /** The number of facts that were stored when it was entered. */
  readonly revision: number
}

/** The story so far. The same object until something has changed. */
export interface Told {
  readonly path: readonly Step[]
  /** Replies that were just taken back, as they were shown last. */
  readonly folding: ReadonlyMap<string, TranscriptItem>
  readonly waiting: Waiting | null
  /** A sentence for screen readers. */
  readonly said: string
}

const nothing: Told = {
  path: [],
  folding: new Map(),
  waiting: null,
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

type Watched = Pick<ClientConversation, 'on' | 'subscribe' | 'status' | 'messages' | 'revision'>

export class Story {
  told: Told = nothing
  readonly #listeners = new Set<() => void>()
  #streaming: TranscriptItem | null = null
  readonly #chat: Watched

  constructor(chat: Watched) {
    this.#chat = chat
    chat.on('*', (notice) => this.#heard(notice))
    let { status } = chat
    chat.subscribe(() => {
      const last = chat.messages.at(-1)
      if (last?.status === 'streaming') this.#streaming = last
      if (status === chat.status) return
      ;({ status } = chat)
      const state = stateAfter[status]
      if (state && this.told.path.length > 0) this.#enter(state, chat.revision)
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
    // What is shown may be older than the notice.
    const revision = 'revision' in notice ? notice.revision : this.#chat.revision
    switch (notice.type) {
      case 'delta':
        return this.told.path.at(-1)?.state === 'streaming' ? undefined : this.#enter('streaming', revision)
      case 'retracted': {
        if (notice.cause === 'refusal') this.#enter('refused', revision)
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
        // The reset is one fact, after that of the refusal.
        if (notice.cause === 'refusal') this.#enter('refused', revision - 1)
        return this.#enter('reset', revision)
      }
      case 'request.rejected':
        return this.#enter('rejected', revision)
      case 'retry.scheduled':
        this.#enter('waitingToRetry', revision)
        return this.#tell({
          waiting: {
            attempt: notice.attempt,
            until: notice.retryAfter === null ? null : Date.now() + notice.retryAfter,
          },
          said: `${titleOf(notice.failure)}. It is tried again.`,
        })
      case 'attempt.started':
        this.#enter('asking', revision)
        return this.#tell({ waiting: null, said: 'A reply is being written.' })
      case 'toolCall.started':
        return this.#enter('tools', revision)
      case 'toolCall.approvalRequested':
        return this.#tell({ said: `The tool ${notice.name} waits for your permission.` })
      case 'toolCall.answerRequested':
        return this.#tell({ said: `The tool ${notice.name} waits for your answer.` })
      case 'turn.completed':
        return this.#tell({ waiting: null, said: 'The reply is complete.' })
      case 'turn.refused':
        return this.#tell({ waiting: null, said: notice.messageForUser })
      case 'turn.failed':
        return this.#tell({
          waiting: null,
          said: notice.outcome.error ? `${titleOf(notice.outcome.error)}.` : 'No reply.',
        })
      case 'turn.stopped':
        return this.#tell({ waiting: null, said: 'Stopped.' })
      default:
    }
  }

  #enter(state: string, revision: number): void {
    const { path } = this.told
    const last = path.at(-1)?.state ?? ''
    if (last === state) return
    // A turn that goes round, as with tools, is drawn by its last rounds.
    const before = atRest.has(last) ? [] : last === 'asking' && state === 'streaming' ? path.slice(0, -1) : path
    this.#tell({ path: [...before, { state, revision }].slice(-8) })
  }
}

/** In the page's own words: those of the service are not said as if they were. */
const titleOf = ({ code, message }: Pick<Failure, 'code' | 'message'>): string => troubleOf(code, message).title

const stories = new WeakMap<ClientConversation, Story>()

/** The story of a conversation: all components share it. */
export function storyOf(chat: ClientConversation): Story {
  let story = stories.get(chat)
  if (!story) stories.set(chat, (story = new Story(chat)))
  return story
}
