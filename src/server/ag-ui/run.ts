// A run: what one request asks of a conversation, and all that comes of it, as events.
import {
  type ContextReset,
  type Conversation,
  type ConversationNotice,
  type Notice,
  outcomeOf,
  type ResetPolicy,
  transcript,
  type TranscriptItem,
  type Turn,
  type TurnOutcome,
  TurnstateError,
} from '../../index.ts'
import { isRecord } from '../../objects.ts'
import {
  type AguiEvent,
  type AguiMessage,
  type AguiOutcome,
  type AguiState,
  refusalEvent,
  refusedCode,
} from './events.ts'
import { answersWanted, interruptsOf } from './interrupts.ts'
import { firstTurnId, messagesOf, viewOf } from './messages.ts'
import { planOf } from './plan.ts'
import type { RunInput } from './read-input.ts'
import { ReplyWriter } from './reply-writer.ts'
import { usageOf } from './usage.ts'

/** The version of the protocol that the server speaks. */
const protocolVersion = '1.0'

/** Where the events of a run go. */
interface Sink {
  send(event: AguiEvent): void
  end(): void
}

const resetOf = ({ cause, policy, turnId, left, head, nothingLeft }: Notice<'context.reset'>): ContextReset => ({
  cause,
  policy,
  turnId,
  left,
  head,
  nothingLeft,
})

/** The messages from the first one on that a client has in this order; `null` if adding the others leaves all in order. */
function alreadyInOrder(known: readonly string[], messages: readonly AguiMessage[]): readonly AguiMessage[] | null {
  const ids = new Set(messages.map(({ id }) => id))
  const kept = known.filter((id) => ids.has(id))
  const first = kept.findIndex((id, index) => messages[index]?.id !== id)
  return first === -1 ? null : messages.slice(0, first)
}

/** Whether a reset asks the refused message again. */
const asksAgain = (policy: ResetPolicy): boolean =>
  typeof policy === 'object' && ('rephrase' in policy || ('fallback' in policy && policy.from === 'this-turn'))

/** One run. */
export class Run {
  readonly #chat: Conversation
  readonly #input: RunInput
  readonly #sink: Sink
  readonly #countTurn: () => () => void
  #stopListening: () => void = () => {}
  /** The messages whose events are sent: by the ids of their first turns. */
  readonly #followed = new Set<string>()
  #writer: ReplyWriter
  /** What is on the screen beside the replies that are being written. */
  #base: readonly AguiMessage[] = []
  readonly #voidThinking = new Set<string>()
  /** Ids of the messages that the client has, until it is sent the first snapshot. */
  #known: readonly string[] | null
  /** The client waits with interrupts, which only the end of a run takes from it. */
  #isResumed = false
  #isDeciding = false
  /** What this run has answered: it waits on until that is stored. */
  readonly #answered = new Set<string>()
  /** What has been told that a person may have to decide about. */
  readonly #heard = new Set<ConversationNotice['type']>()
  /** A refusal that the client was not told of yet. */
  #refusal: Notice<'turn.refused'> | null = null
  #next: (() => void) | null = null
  #isOver = false
  #sentState = ''
  /** Whether this run has asked something of the model: a client that goes away may stop that. */
  asked = false

  constructor(chat: Conversation, input: RunInput, sink: Sink, countTurn: () => () => void) {
    this.#countTurn = countTurn
    this.#chat = chat
    this.#input = input
    this.#sink = sink
    this.#writer = this.#newWriter()
    this.#known = input.messages.map(({ id }) => id)
    for (const message of input.messages) if (message.role === 'reasoning') this.#voidThinking.add(message.id)
  }

  /** Does what the request asks for. Never throws: what goes wrong is an event. */
  start(): void {
    const { threadId, runId } = this.#input
    this.#send({ type: 'RUN_STARTED', threadId, runId, protocolVersion })
    this.#stopListening = this.#chat.on('*', (notice) => this.#hear(notice))
    this.#sendState()
    this.#trying(() => {
      const { isAbandoning, resumptions, asking } = planOf(this.#chat, this.#input)
      this.#isResumed = (this.#input.resume ?? []).length > 0
      const ask = asking && (() => this.#ask(asking.turnId, asking.ask))
      if (isAbandoning) void this.#chat.stop()
      if (resumptions.length > 0) {
        this.#isDeciding = this.#chat.status === 'refused' || this.#chat.status === 'rejected'
        this.#asking(() => {
          this.#join(resumptions[0]?.turnId)
          for (const { id } of resumptions) this.#answered.add(id)
          for (const { apply } of resumptions) apply()
        })
        this.#next = ask
      } else if (ask) ask()
      else {
        this.#join(viewOf(this.#chat).open?.id)
        this.#endIfWaiting(true)
        if (!this.#isOver && this.#followed.size === 0) this.#finish({ type: 'success' })
      }
    })
  }

  /** Ends it without a word: the client is gone. */
  stop(): void {
    this.#isOver = true
    this.#stopListening()
  }

  /** @throws TurnstateError as `ask`, and where there are too many turns */
  #ask(turnId: string, ask: () => Turn): void {
    const end = this.#countTurn()
    for (const id of this.#writer.voidThinking) this.#voidThinking.add(id)
    this.#followed.clear()
    this.#followed.add(firstTurnId(turnId))
    this.#writer = this.#newWriter()
    try {
      this.#asking(() => void ask().outcome.then(end))
    } catch (error) {
      end()
      throw error
    }
  }

  #asking(ask: () => void): void {
    this.asked = true
    ask()
  }

  /** Follows a turn that is under way. Its reply is shown as far as it has come. */
  #join(turnId: string | undefined): void {
    if (turnId !== undefined) this.#followed.add(firstTurnId(turnId))
    const open = (item: TranscriptItem) => item.turnId === turnId
    const shown = this.#chat.messages.findLast((item) => item.role === 'assistant' && open(item))
    if (shown && shown.status !== 'retracted') this.#writer = this.#newWriter(shown)
    this.#base = this.#baseWithout(open)
    this.#sendMessages()
  }

  #newWriter(shown?: TranscriptItem): ReplyWriter {
    return new ReplyWriter((event) => this.#send(event), shown)
  }

  #hear(notice: ConversationNotice): void {
    if (this.#isOver) return
    if ('turnId' in notice && typeof notice.turnId === 'string' && this.#followed.has(firstTurnId(notice.turnId)))
      this.#write(notice)
    if (notice.type === 'delta' || this.#isOver) return
    this.#sendState()
    if ('outcome' in notice && notice.outcome && this.#followed.has(firstTurnId(notice.turnId)))
      this.#ended(notice.outcome)
    else if (notice.type === 'conversation.lost')
      this.#fail(new TurnstateError('conversation-lost', 'Another process has taken over the conversation.'))
    else if (notice.type === 'state' && notice.to === 'closed')
      this.#fail(new TurnstateError('conversation-closed', 'The conversation was closed. Run again to open it.'))
    else this.#endIfWaiting()
  }

  /** Writes an event of a message that is followed. */
  #write(notice: ConversationNotice): void {
    const writer = this.#writer
    if (notice.type !== 'delta') this.#heard.add(notice.type)
    switch (notice.type) {
      case 'delta':
        if (notice.kind === 'text') writer.text(notice.turnId, notice.text)
        else if (notice.kind === 'thinking') writer.thinking(notice.turnId, notice.text)
        break
      case 'attempt.started':
        this.#begin(notice)
        break
      case 'retracted':
        writer.takeBack(notice.turnId, this.#recordedReply(notice.turnId))
        this.#sendMessages()
        break
      case 'toolCall.started':
      case 'toolCall.approvalRequested':
      case 'toolCall.answerRequested':
        writer.call(notice.turnId, notice.callId, notice.name, notice.input)
        break
      case 'toolCall.settled':
        writer.call(notice.turnId, notice.callId, notice.name, this.#inputOf(notice.callId))
        writer.result(notice.turnId, notice.callId, notice.result)
        break
      case 'turn.continued':
        this.#followed.add(firstTurnId(notice.by))
        break
      case 'turn.refused':
        this.#refuse(notice)
        break
      case 'context.reset':
        this.#tellRefusal(resetOf(notice))
        break
      default:
    }
  }

  #begin({ turnId }: Notice<'attempt.started'>): void {
    if (!this.#writer.hasBegun) {
      this.#base = this.#baseWithout(
        (item) => item.status === 'streaming' || this.#followed.has(firstTurnId(item.turnId)),
      )
      this.#sendMessages()
    }
    this.#writer.begin(turnId)
  }

  /** Takes the refused reply off the screen. What follows the refusal is known later. */
  #refuse(refusal: Notice<'turn.refused'>): void {
    this.#writer.remove(refusal.turnId)
    this.#sendMessages()
    if (!refusal.compaction) this.#refusal = refusal
  }

  /** Tells the client of the refusal, once it is known what follows. */
  #tellRefusal(reset: ContextReset | null): void {
    const refusal = this.#refusal
    if (!refusal) return
    this.#refusal = null
    const { turnId, category, messageForUser, textShown, model, policy, nothingLeft } = refusal
    const isFinal = reset !== null && !asksAgain(reset.policy)
    const value = { turnId, category, messageForUser, textShown, model, policy, nothingLeft, isFinal, reset }
    this.#send({ type: 'CUSTOM', name: refusalEvent, value })
    if (isFinal) this.#failWith(refusedCode, messageForUser, usageOf(outcomeOf(viewOf(this.#chat), turnId)?.attempts))
  }

  /** The message is over. */
  #ended(outcome: TurnOutcome): void {
    const { status, turnId, finishReason, stopReason, truncated, parsed, error } = outcome
    const usage = usageOf(outcome.attempts)
    if (status === 'completed') {
      const next = this.#next
      this.#next = null
      if (next) this.#trying(next)
      else {
        const result = { turnId, finishReason, stopReason, truncated, ...(parsed === undefined ? {} : { parsed }) }
        this.#finish({ type: 'success' }, { result, usage })
      }
    } else if (status === 'stopped') this.#finish({ type: 'cancelled' }, { usage })
    else if (status === 'failed')
      this.#failWith(error?.code ?? 'internal-error', error?.message ?? 'The message failed.', usage)
  }

  /** Ends the run if nothing happens any more until a person has decided, or the app has run its tools. */
  #endIfWaiting(isBeginning = false): void {
    if (this.#isOver) return
    if (this.#isDeciding && this.#chat.status === 'ready') {
      this.#finish({ type: 'cancelled' })
      return
    }
    // The state changes before it is told, and after it is decided.
    const isNews = isBeginning || this.#isNews(this.#chat.status)
    const interrupts = isNews ? interruptsOf(this.#chat) : []
    const pendingToolCallIds = answersWanted(this.#chat)
    const waiting = [...interrupts.map(({ id }) => id), ...pendingToolCallIds]
    if (waiting.some((id) => this.#answered.has(id))) return
    if (interrupts.length > 0) this.#finish({ type: 'interrupt', interrupts })
    else if (pendingToolCallIds.length > 0)
      this.#finish({ type: 'success', pendingToolCallIds: [...pendingToolCallIds] })
  }

  #isNews(status: Conversation['status']): boolean {
    if (status === 'refused') return this.#heard.has('turn.refused')
    return status !== 'rejected' || this.#heard.has('request.rejected')
  }

  #finish(
    outcome: AguiOutcome,
    more: Pick<Extract<AguiEvent, { type: 'RUN_FINISHED' }>, 'result' | 'usage'> = {},
  ): void {
    this.#settle(outcome.type === 'cancelled')
    this.#tellRefusal(null)
    if (outcome.type === 'interrupt') this.#sendMessages()
    const { threadId, runId } = this.#input
    this.#send({ type: 'RUN_FINISHED', threadId, runId, outcome, ...more })
    this.#over()
  }

  #fail(error: unknown): void {
    if (TurnstateError.is(error)) this.#failWith(error.code, error.message, [])
    else this.#failWith('internal-error', 'The server has a bug.', [])
  }

  #failWith(code: string, message: string, usage: Extract<AguiEvent, { type: 'RUN_ERROR' }>['usage'] = []): void {
    this.#tellRefusal(null)
    this.#settle(true)
    const { threadId, runId } = this.#input
    // A client drops the interrupts that it has answered only when a run finishes.
    if (this.#isResumed && interruptsOf(this.#chat).length === 0)
      this.#send({ type: 'RUN_FINISHED', threadId, runId, outcome: { type: 'cancelled' } })
    this.#send({ type: 'RUN_ERROR', message, code, ...(usage.length > 0 ? { usage } : {}) })
    this.#over()
  }

  /** @param isCut what is on the screen may not be what is stored */
  #settle(isCut: boolean): void {
    this.#writer.close()
    if (isCut) this.#sendSnapshot(this.#baseWithout((item) => item.status === 'streaming'))
    this.#sendState()
  }

  #over(): void {
    this.stop()
    this.#sink.end()
  }

  #trying(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#fail(error)
    }
  }

  #baseWithout(isLeftOut: (item: TranscriptItem) => boolean): readonly AguiMessage[] {
    return messagesOf(this.#chat, isLeftOut).map(({ message }) => message)
  }

  #sendMessages(): void {
    this.#writer.close()
    this.#sendSnapshot([...this.#base, ...this.#writer.messages])
  }

  /** Clients keep thinking that a snapshot does not mention, unless it has some: what was taken back is emptied then. */
  #sendSnapshot(messages: readonly AguiMessage[]): void {
    const ids = new Set(messages.map(({ id }) => id))
    const own = this.#input.messages.flatMap((message): AguiMessage[] =>
      (message.role === 'system' || message.role === 'developer') && !ids.has(message.id)
        ? [{ id: message.id, role: message.role, content: message.content }]
        : [],
    )
    const gone = messages.some(({ role }) => role === 'reasoning')
      ? []
      : [...this.#voidThinking, ...this.#writer.voidThinking].filter((id) => !ids.has(id))
    const emptied = [...new Set(gone)].map((id): AguiMessage => ({ id, role: 'reasoning', content: '' }))
    const all = [...own, ...messages, ...emptied]
    // Clients keep the order of what they have, and add the rest. What they have out of order has to leave first.
    const inOrder = this.#known && alreadyInOrder(this.#known, all)
    this.#known = null
    if (inOrder) this.#send({ type: 'MESSAGES_SNAPSHOT', messages: [...inOrder] })
    this.#send({ type: 'MESSAGES_SNAPSHOT', messages: all })
  }

  #sendState(): void {
    const { status, canSend, model, queue, held } = this.#chat
    const value: AguiState = { status, canSend, model, queued: queue.length, held }
    const text = JSON.stringify(value)
    if (text === this.#sentState) return
    const { state } = this.#input
    // A client whose state is no object keeps it as it is.
    if (state !== undefined && state !== null && !isRecord(state)) return
    if (this.#sentState === '' && (state === undefined || state === null))
      this.#send({ type: 'STATE_SNAPSHOT', snapshot: { turnstate: value } })
    else this.#send({ type: 'STATE_DELTA', delta: [{ op: 'add', path: '/turnstate', value }] })
    this.#sentState = text
  }

  #send(event: AguiEvent): void {
    if (!this.#isOver) this.#sink.send(event)
  }

  /** The reply of a turn that is stored, without what is arriving. */
  #recordedReply(turnId: string): TranscriptItem | undefined {
    return transcript(viewOf(this.#chat)).findLast((item) => item.turnId === turnId && item.role === 'assistant')
  }

  #inputOf(callId: string): unknown {
    for (const { parts } of this.#chat.messages)
      for (const part of parts) if (part.type === 'tool-call' && part.callId === callId) return part.input
    return {}
  }
}
