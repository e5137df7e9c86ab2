// Writes the replies of one message as events, and keeps what the client has on its screen of them.
import type { Block, TranscriptItem } from '../../index.ts'
import type { AguiEvent, AguiMessage } from './events.ts'
import { Layout, type LayoutMark } from './layout.ts'
import { MessageList, type PlacedMessage, replyMessages, toCall } from './messages.ts'

/** What was on the screen when an attempt began. */
interface Checkpoint {
  readonly messages: readonly PlacedMessage[]
  readonly mark: LayoutMark
}

/** Writes the replies of one message. What was refused can be taken back. */
export class ReplyWriter {
  readonly #emit: (event: AguiEvent) => void
  readonly #list: MessageList
  readonly #layouts = new Map<string, Layout>()
  readonly #checkpoints = new Map<string, Checkpoint>()
  /** Ids of thinking that was taken back. Clients keep thinking that a snapshot does not mention. */
  readonly #voidThinking = new Set<string>()
  #open: { readonly kind: 'text' | 'thinking'; readonly id: string } | null = null

  /** @param shown the reply in progress, as far as the client's first snapshot shows it */
  constructor(emit: (event: AguiEvent) => void, shown?: TranscriptItem) {
    this.#emit = emit
    this.#list = new MessageList(shown ? replyMessages(shown, this.#layout(shown.turnId)) : [])
  }

  /** The messages that were written and stand. */
  get messages(): readonly AguiMessage[] {
    return this.#list.messages.map(({ message }) => message)
  }

  /** Whether a request has begun. */
  get hasBegun(): boolean {
    return this.#checkpoints.size > 0
  }

  get voidThinking(): ReadonlySet<string> {
    return this.#voidThinking
  }

  /** Notes that a request begins: what it brings may have to be taken back. */
  begin(turnId: string): void {
    this.#checkpoints.set(turnId, { messages: this.#list.messages, mark: this.#layout(turnId).mark() })
  }

  text(turnId: string, text: string): void {
    const id = this.#list.addText(turnId, this.#layout(turnId), text)
    if (id === null) return
    if (this.#opens('text', id)) this.#emit({ type: 'TEXT_MESSAGE_START', messageId: id, role: 'assistant' })
    this.#emit({ type: 'TEXT_MESSAGE_CONTENT', messageId: id, delta: text })
  }

  thinking(turnId: string, text: string): void {
    const id = this.#list.addThinking(turnId, this.#layout(turnId), text)
    if (id === null) return
    if (this.#opens('thinking', id)) {
      this.#emit({ type: 'REASONING_START', messageId: id })
      this.#emit({ type: 'REASONING_MESSAGE_START', messageId: id, role: 'reasoning' })
    }
    this.#emit({ type: 'REASONING_MESSAGE_CONTENT', messageId: id, delta: text })
  }

  /** Writes a call, unless it was written before. */
  call(turnId: string, callId: string, name: string, input: unknown): void {
    if (this.#list.has(callId)) return
    this.close()
    const call = toCall(callId, name, input)
    const parentMessageId = this.#list.addCall(turnId, this.#layout(turnId), call)
    this.#emit({ type: 'TOOL_CALL_START', toolCallId: callId, toolCallName: name, parentMessageId })
    this.#emit({ type: 'TOOL_CALL_ARGS', toolCallId: callId, delta: call.function.arguments })
    this.#emit({ type: 'TOOL_CALL_END', toolCallId: callId })
  }

  /** Writes the result of a call, unless it was written before. */
  result(turnId: string, callId: string, result: Block): void {
    if (this.#list.hasResult(callId)) return
    const { id, content } = this.#list.addResult(turnId, callId, result)
    this.#emit({ type: 'TOOL_CALL_RESULT', messageId: id, toolCallId: callId, content, role: 'tool' })
  }

  /**
   * Takes back what the last request of a turn brought.
   *
   * @param recorded the reply of the turn as it is stored, for a request that began before the client came
   */
  takeBack(turnId: string, recorded: TranscriptItem | undefined): void {
    this.close()
    const before = this.#list.messages
    const checkpoint = this.#checkpoints.get(turnId)
    if (checkpoint) {
      this.#layout(turnId).goBack(checkpoint.mark)
      this.#list.replace(checkpoint.messages)
    } else {
      const layout = new Layout(turnId)
      this.#layouts.set(turnId, layout)
      const others = before.filter((each) => each.turnId !== turnId)
      this.#list.replace([...others, ...(recorded ? replyMessages(recorded, layout) : [])])
    }
    this.#noteVoid(before)
  }

  /** Takes back all that a turn said. */
  remove(turnId: string): void {
    this.close()
    const before = this.#list.messages
    this.#list.replace(before.filter((each) => each.turnId !== turnId))
    this.#noteVoid(before)
  }

  /** Ends the message that is being written. */
  close(): void {
    if (!this.#open) return
    const { kind, id } = this.#open
    this.#open = null
    if (kind === 'text') this.#emit({ type: 'TEXT_MESSAGE_END', messageId: id })
    else {
      this.#emit({ type: 'REASONING_MESSAGE_END', messageId: id })
      this.#emit({ type: 'REASONING_END', messageId: id })
    }
  }

  #noteVoid(before: readonly PlacedMessage[]): void {
    const left = new Set(this.#list.messages.map(({ message }) => message.id))
    for (const { message } of before)
      if (message.role === 'reasoning' && !left.has(message.id)) this.#voidThinking.add(message.id)
  }

  /** Whether a piece begins a message. The one before it is ended. */
  #opens(kind: 'text' | 'thinking', id: string): boolean {
    if (this.#open?.id === id) return false
    this.close()
    this.#open = { kind, id }
    return true
  }

  #layout(turnId: string): Layout {
    const layout = this.#layouts.get(turnId) ?? new Layout(turnId)
    this.#layouts.set(turnId, layout)
    return layout
  }
}
