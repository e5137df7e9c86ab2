// The stream of one message of the assistant: what there is of it, then what comes, until it ends or waits for a person.
//   L1  It is written on demand: a reader that is slow gets larger pieces less often, and nothing is buffered for it.
//   L2  Its last chunk says how the message ended, once that is stored.
import {
  type Conversation,
  type FinishReason,
  type Notice,
  type RefusalReport,
  type Turn,
  type TurnOutcome,
  TurnstateError,
} from '../../index.ts'
import { type Failure, sentenceFor } from '../../errors.ts'
import { type Clock, unref } from '../../clock.ts'
import { originOf, outcomeOf, refusalOf, type View } from '../../journal/index.ts'
import { type Chunk, done, encoded, heartbeat } from './chunks.ts'
import { MessageStream } from './message-stream.ts'
import { metadataOf, type RefusalWords, replyId, stepsOf, storedView } from './messages.ts'

/** What a stream is about, and what it needs. */
export interface LiveOptions {
  readonly chat: Conversation
  /** The turn that the message began with. */
  readonly originId: string
  /** The message of the turn, where this request sent it. */
  readonly turn?: Turn
  readonly resetStep: boolean
  /** Calls that the client shows already, with their states: the stream continues its message. */
  readonly known?: ReadonlyMap<string, string>
  /** The client may show a part of the message already, which the stream sends again. */
  readonly isReplay?: boolean
  /** The id of the message that the client continues. Default: ours. */
  readonly messageId?: string
  readonly words: RefusalWords
  readonly clock: Clock
  /** Milliseconds of silence before a comment is sent. */
  readonly heartbeat: number
  /** Called once, when the stream has ended or its reader is gone. */
  readonly onEnd: (how: 'ended' | 'disconnected') => void
}

/** Whether a message is in progress: not over, and not waiting for a person. */
export function activeOrigin(chat: Conversation): string | null {
  const view = storedView(chat)
  return view.open && chat.status !== 'awaiting-approval' && chat.status !== 'closed'
    ? originOf(view, view.open.id)
    : null
}

type Ending = Notice<'turn.completed' | 'turn.stopped' | 'turn.failed'> | Notice<'turn.refused'>

/** How a message ended. */
interface Ended {
  readonly status: TurnOutcome['status']
  readonly finishReason: FinishReason
  readonly failure?: Pick<Failure, 'code' | 'status' | 'retryAfter'>
}

class LiveMessage {
  readonly #of: LiveOptions
  readonly #stream: MessageStream
  readonly #words: RefusalWords
  readonly #heard = new Map<string, RefusalReport>()
  readonly #unlisten: readonly (() => void)[]
  #outcome: Ended | null = null
  #isStarted = false
  #isOver = false
  #isNews = true
  #wake: () => void = () => {}

  constructor(of: LiveOptions) {
    this.#of = of
    const { chat, turn, known } = of
    this.#words = { ...of.words, heard: (turnId) => this.#heard.get(turnId) }
    this.#stream = new MessageStream(of)
    if (known) this.#stream.seed(stepsOf(chat, of.originId, this.#words), known)
    const hear = (notice: Ending) => this.#hear(notice)
    this.#unlisten = [
      chat.subscribe(() => this.#changed()),
      // Before it closes: a stream that ends as if nothing had happened would hide that the message may not be stored.
      chat.on('conversation.lost', () => this.#lose()),
      ...(['turn.completed', 'turn.stopped', 'turn.failed', 'turn.refused'] as const).map((type) =>
        chat.on(type, hear),
      ),
    ]
    void turn?.outcome.then((outcome) => this.#end(outcome))
  }

  /** The next bytes; `null` at the end. */
  async next(): Promise<Uint8Array<ArrayBuffer> | null> {
    while (!this.#isOver) {
      this.#isNews = false
      const chunks = this.#chunks()
      if (this.#isOver) return joined(encoded(chunks), done)
      if (chunks.length > 0) return encoded(chunks)
      if (!(await this.#news())) return heartbeat
    }
    return null
  }

  close(how: 'ended' | 'disconnected'): void {
    for (const stop of this.#unlisten) stop()
    this.#isOver = true
    this.#wake()
    this.#of.onEnd(how)
  }

  #hear(notice: Ending): void {
    if (notice.type === 'turn.refused') this.#heard.set(notice.turnId, notice)
    const { outcome } = notice
    if (outcome && originOf(storedView(this.#of.chat), notice.turnId) === this.#of.originId) this.#end(outcome)
  }

  #lose(): void {
    this.#outcome ??= { status: 'failed', finishReason: 'error', failure: { code: 'conversation-lost' } }
    this.#changed()
  }

  #end(outcome: TurnOutcome): void {
    const { status, finishReason, error } = outcome
    this.#outcome ??= {
      status,
      finishReason,
      ...(error ? { failure: { ...error.details, code: error.code } } : {}),
    }
    this.#changed()
  }

  #changed(): void {
    this.#isNews = true
    this.#wake()
  }

  #chunks(): readonly Chunk[] {
    const { chat, originId, messageId = replyId(originId), isReplay = false, resetStep } = this.#of
    const view = storedView(chat)
    const begun: Chunk[] = []
    if (!this.#isStarted) {
      begun.push({ type: 'start', messageId, messageMetadata: metadataOf(view, originId) })
      // `useChat` of version 6 keeps what it had after a network failure, although the stream begins at the start.
      if (isReplay && !resetStep)
        begun.push({ type: 'data-retracted', id: `replay:${originId}`, data: { turnId: originId, steps: 'all' } })
    }
    this.#isStarted = true
    const steps = stepsOf(chat, originId, this.#words)
    return [...begun, ...this.#stream.chunks(steps, originId), ...this.#last()]
  }

  /** The chunks at the end, once there is one. */
  #last(): readonly Chunk[] {
    const { chat, originId } = this.#of
    const view = storedView(chat)
    const isOurs = view.open !== null && originOf(view, view.open.id) === originId
    if (!this.#outcome && isOurs && isBusy(chat, view)) return []
    const outcome = this.#outcome ?? endedBefore(chat, view, originId)
    if (!outcome && !(isOurs && chat.status === 'awaiting-approval') && chat.status !== 'closed') return []
    const messageMetadata = metadataOf(view, originId)
    if (!outcome)
      return chat.status === 'closed'
        ? this.#over({ type: 'message-metadata', messageMetadata }, { type: 'abort', reason: 'closed' })
        : this.#over({ type: 'finish', finishReason: 'tool-calls', messageMetadata })
    switch (outcome.status) {
      case 'completed':
      case 'refused':
        return this.#over({ type: 'finish', finishReason: outcome.finishReason, messageMetadata })
      case 'stopped':
        return this.#over(
          // A client that answers calls by itself must not take the results of a stop for answers.
          ...(this.#stream.endsWithCalls ? ([{ type: 'start-step' }, { type: 'finish-step' }] as const) : []),
          { type: 'message-metadata', messageMetadata },
          { type: 'abort', reason: 'stopped' },
        )
      case 'failed':
        // Another process has taken over the conversation, and says how the message ends: the client resumes there.
        if (outcome.failure?.code === 'conversation-lost')
          throw new TurnstateError('conversation-lost', 'The message goes on in another process: resume its stream.')
        return this.#over(
          { type: 'message-metadata', messageMetadata },
          { type: 'error', errorText: outcome.failure ? sentenceFor(outcome.failure) : 'It failed.' },
        )
    }
  }

  #over(...last: readonly Chunk[]): readonly Chunk[] {
    this.#isOver = true
    return [...this.#stream.end(), ...last]
  }

  /** Waits for news; `false` if there was none for a while. */
  async #news(): Promise<boolean> {
    if (this.#isNews || this.#isOver) return true
    const { clock, heartbeat: silence } = this.#of
    return new Promise<boolean>((resolve) => {
      const timer: unknown = clock.setTimeout(() => resolve(false), silence)
      unref(timer)
      this.#wake = () => {
        clock.clearTimeout(timer)
        resolve(true)
      }
    })
  }
}

/** The usual case, and quick to tell: the turn goes on, and waits for nobody. */
const isBusy = (chat: Conversation, { awaitingApproval, awaitingAnswer }: View): boolean =>
  awaitingApproval.length + awaitingAnswer.length === 0 && chat.actor.getSnapshot().status === 'active'

/** How a message ended that nobody waited for: once the conversation is at rest, or a person has to decide, nothing more follows. */
function endedBefore(chat: Conversation, view: View, originId: string): Ended | null {
  const isAtRest = chat.status === 'ready' || chat.status === 'error' || isUndecided(view)
  return view.open === null && isAtRest ? outcomeOf(view, originId) : null
}

/** A refusal waits for a person. */
const isUndecided = (view: View): boolean =>
  view.undecided !== null && refusalOf(view, view.undecided)?.isDeferred === true

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

/** The stream of a message, as the body of a response. */
export function liveMessage(of: LiveOptions): ReadableStream<Uint8Array<ArrayBuffer>> {
  const live = new LiveMessage(of)
  const source: UnderlyingDefaultSource<Uint8Array<ArrayBuffer>> = {
    async pull(controller) {
      try {
        const bytes = await live.next()
        if (bytes) controller.enqueue(bytes)
        else {
          controller.close()
          live.close('ended')
        }
      } catch (error) {
        live.close('ended')
        throw error
      }
    },
    cancel: () => live.close('disconnected'),
  }
  return new ReadableStream(source, { highWaterMark: 0 })
}
