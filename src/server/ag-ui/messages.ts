// The messages of a conversation, as AG-UI clients keep them: one branch, without what was refused.
import type { Block, Conversation, JournalTurn, TranscriptItem, View } from '../../index.ts'
import { isRecord } from '../../objects.ts'
import { resultContent, userContent } from './content.ts'
import type { AguiMessage, AguiToolCall } from './events.ts'
import { Layout } from './layout.ts'

/** The key of turnstate's data in the metadata of turns and messages. */
const metadataKey = 'agui'

/** The metadata of a turn whose message has this id at the client. */
export const withMessageId = (messageId: string): Readonly<Record<string, unknown>> => ({
  [metadataKey]: { messageId },
})

/** The id that the client gave the message of a turn. */
function givenMessageId({ metadata }: JournalTurn): string | undefined {
  const own = metadata?.[metadataKey]
  const id = isRecord(own) ? own['messageId'] : undefined
  return typeof id === 'string' ? id : undefined
}

/** What is stored of a conversation. */
export const viewOf = (chat: Conversation): View => chat.actor.getSnapshot().context.stored

/** The turn that a message began with. Those that the chart opens in its place, or to continue it, have its id with a number behind it. */
export const firstTurnId = (turnId: string): string => turnId.replace(/~\d+$/, '')

const turnsOf = ({ turns, open }: View): readonly JournalTurn[] => (open ? [...turns, open] : turns)

/** The id of a user's message at the client. */
const messageIdOf = (turn: JournalTurn): string => givenMessageId(turn) ?? `${turn.id}:user`

/** The turn that a user's message of the client stands for: the last one that asked it. */
export function turnOfMessage(view: View, messageId: string): JournalTurn | undefined {
  const turns = turnsOf(view)
  let found = turns.findLast((turn) => messageIdOf(turn) === messageId)
  for (let next = found; next; next = turns.find(({ replaces }) => replaces === next?.id)) found = next
  return found
}

interface ShownTurn {
  /** The id of its user's message. */
  readonly messageId: string
  /** The last turn of its message. */
  readonly last: JournalTurn
}

/**
 * The turns that are shown: those of the branch that the conversation is on, and those that left it by a refusal, a failure or a reset.
 * Other branches are not, nor what was asked again in their place.
 */
function shownTurns(view: View): ReadonlyMap<string, ShownTurn> {
  const turns = turnsOf(view)
  const last = new Map(turns.map((turn) => [firstTurnId(turn.id), turn]))
  const byId = new Map(turns.map((turn) => [turn.id, turn]))
  const path = new Set<string>()
  for (let id = view.open?.id ?? view.head; id !== null; id = byId.get(id)?.parent ?? null) path.add(id)
  const newest = new Map(turns.map((turn) => [messageIdOf(turn), firstTurnId(turn.id)]))
  const left = new Set([...view.quarantine, ...Object.keys(view.withdrawn)])
  const shown = new Map<string, ShownTurn>()
  for (const turn of turns) {
    const isLeft = (left.has(turn.id) || !turn.kept) && (turn.parent === null || shown.has(turn.parent))
    if (newest.get(messageIdOf(turn)) === firstTurnId(turn.id) && (path.has(turn.id) || isLeft))
      shown.set(turn.id, { messageId: messageIdOf(turn), last: last.get(firstTurnId(turn.id)) ?? turn })
  }
  return shown
}

/** A message, and the turn that it belongs to. */
export interface PlacedMessage {
  readonly turnId: string
  readonly message: AguiMessage
}

/**
 * The messages of a conversation.
 *
 * @param isLeftOut replies that are not wanted
 */
export function messagesOf(
  chat: Conversation,
  isLeftOut: (item: TranscriptItem) => boolean = () => false,
): readonly PlacedMessage[] {
  const shown = shownTurns(viewOf(chat))
  return chat.messages.flatMap((item): readonly PlacedMessage[] => {
    const turn = shown.get(item.turnId)
    if (!turn) return []
    if (item.role === 'user') return [{ turnId: item.turnId, message: userMessage(item, turn) }]
    return item.status === 'retracted' || isLeftOut(item) ? [] : replyMessages(item)
  })
}

function userMessage({ parts }: TranscriptItem, { messageId, last: { id: turnId, status } }: ShownTurn): AguiMessage {
  const isMarked = status !== 'completed' && status !== 'open'
  return {
    id: messageId,
    role: 'user',
    content: userContent(parts),
    ...(isMarked ? { metadata: { turnstate: { turnId, status } } } : {}),
  }
}

/** The messages of a reply: its thinking, its text, its calls, and their results. */
export function replyMessages(
  { turnId, parts }: TranscriptItem,
  layout = new Layout(turnId),
): readonly PlacedMessage[] {
  const list = new MessageList()
  for (const part of parts) {
    if (part.type === 'text') list.addText(turnId, layout, part.text)
    else if (part.type === 'thinking') list.addThinking(turnId, layout, part.text)
    else if (part.type === 'tool-call') {
      list.addCall(turnId, layout, toCall(part.callId, part.name, part.input))
      if (part.result) list.addResult(turnId, part.callId, part.result)
    }
  }
  return list.messages
}

/** A tool call. */
export const toCall = (id: string, name: string, input: unknown): AguiToolCall => ({
  id,
  type: 'function',
  function: { name, arguments: JSON.stringify(input ?? {}) },
})

/** Messages of replies, as they grow. */
export class MessageList {
  #messages: readonly PlacedMessage[]

  constructor(messages: readonly PlacedMessage[] = []) {
    this.#messages = messages
  }

  get messages(): readonly PlacedMessage[] {
    return this.#messages
  }

  /** Goes back to what it was, or removes messages. */
  replace(messages: readonly PlacedMessage[]): void {
    this.#messages = messages
  }

  /** Adds text. Returns the id of its message, or `null` for an empty text. */
  addText(turnId: string, layout: Layout, text: string): string | null {
    if (text === '') return null
    const id = layout.place('text')
    const found = this.#find(id)
    const message: AguiMessage =
      found?.role === 'assistant'
        ? { ...found, content: `${found.content ?? ''}${text}` }
        : { id, role: 'assistant', content: text }
    this.#put(turnId, message)
    return id
  }

  /** Adds thinking. Returns the id of its message, or `null` where it is not shown. */
  addThinking(turnId: string, layout: Layout, text: string): string | null {
    if (text === '') return null
    const id = layout.place('thinking')
    const found = this.#find(id)
    this.#put(turnId, {
      id,
      role: 'reasoning',
      content: `${found?.role === 'reasoning' ? found.content : ''}${text}`,
    })
    return id
  }

  /** Adds a call. Returns the id of its message. */
  addCall(turnId: string, layout: Layout, call: AguiToolCall): string {
    const id = layout.place('call')
    const found = this.#find(id)
    this.#put(
      turnId,
      found?.role === 'assistant'
        ? { ...found, toolCalls: [...(found.toolCalls ?? []), call] }
        : { id, role: 'assistant', toolCalls: [call] },
    )
    return id
  }

  /** Adds the result of a call. Returns its message. */
  addResult(turnId: string, callId: string, result: Block): AguiMessage & { readonly role: 'tool' } {
    const content = resultContent(result)
    const message = {
      id: `${turnId}:result:${callId}`,
      role: 'tool' as const,
      toolCallId: callId,
      content,
      ...(result['is_error'] === true ? { error: typeof content === 'string' ? content : 'The call failed.' } : {}),
    }
    this.#put(turnId, message)
    return message
  }

  has(callId: string): boolean {
    return this.#messages.some(
      ({ message }) => message.role === 'assistant' && message.toolCalls?.some(({ id }) => id === callId) === true,
    )
  }

  hasResult(callId: string): boolean {
    return this.#messages.some(({ message }) => message.role === 'tool' && message.toolCallId === callId)
  }

  #find(id: string): AguiMessage | undefined {
    return this.#messages.findLast(({ message }) => message.id === id)?.message
  }

  /** Replaces the message with this id, or adds it at the end. */
  #put(turnId: string, message: AguiMessage): void {
    const at = this.#messages.findLastIndex((each) => each.message.id === message.id)
    const placed = { turnId, message }
    this.#messages = at === -1 ? [...this.#messages, placed] : this.#messages.with(at, placed)
  }
}
