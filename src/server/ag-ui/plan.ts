// What a request asks of the conversation. The client's list of messages is not trusted: its last message is all that is read of it.
import type { Conversation, JournalTurn, Turn, View } from '../../index.ts'
import { toUserBlocks } from './content.ts'
import { type Resumption, resumptions } from './interrupts.ts'
import { turnOfMessage, viewOf, withMessageId } from './messages.ts'
import type { GivenMessage, RunInput } from './read-input.ts'

/** A message that is sent, or asked in place of another one. */
interface Asking {
  /** The id of the turn that it opens. */
  readonly turnId: string
  readonly ask: () => Turn
}

/** What a request asks for, in this order. All of it may be missing: then the client only wants to see. */
export interface Plan {
  /** The turn in progress is given up for `asking`. */
  readonly isAbandoning: boolean
  readonly resumptions: readonly Resumption[]
  readonly asking: Asking | null
}

/** What a request asks for. @throws TurnstateError as {@link resumptions}, `tool-result-invalid`, `block-unknown` */
export function planOf(chat: Conversation, input: RunInput): Plan {
  const { resume = [] } = input
  const decided = [...resumptions(chat, resume), ...answers(chat, input.messages)]
  const asking = askingOf(chat, input)
  const isAbandoning = asking !== null && resume.length > 0 && resume.every(({ status }) => status === 'cancelled')
  return { isAbandoning, resumptions: isAbandoning ? [] : decided, asking }
}

/** The results of calls that the app runs: tool messages at the end of the list. */
function answers(chat: Conversation, messages: readonly GivenMessage[]): readonly Resumption[] {
  const found: Resumption[] = []
  for (const message of messages.toReversed()) {
    if (message.role !== 'tool') break
    const { toolCallId, content, error } = message
    const call = chat.pendingCalls.find(({ callId, needs }) => callId === toolCallId && needs === 'answer')
    if (!call) continue
    const result = error === undefined ? (typeof content === 'string' ? content : toUserBlocks(content)) : error
    const apply = () => chat.answerTool(toolCallId, result, { isError: error !== undefined })
    found.unshift({ id: toolCallId, turnId: call.turnId, apply })
  }
  return found
}

function askingOf(chat: Conversation, { runId, messages, resume }: RunInput): Asking | null {
  const last = messages.at(-1)
  const view = viewOf(chat)
  if (last?.role !== 'user' || isRepeat(view, runId)) return null
  const { content } = last
  const said = typeof content === 'string' ? { text: content } : { files: toUserBlocks(content) }
  const input = { ...said, metadata: withMessageId(last.id) }
  const asked = turnOfMessage(view, last.id)
  if (!asked) return { turnId: runId, ask: () => chat.sendMessage(input, { turnId: runId }) }
  if (isUnderWay(asked) || resume !== undefined) return null
  // The same message again, with the same words or others: another branch. In place of a refused one it follows the current head.
  return { turnId: runId, ask: () => chat.editMessage(asked.id, input, { turnId: runId }) }
}

const isUnderWay = ({ status }: JournalTurn): boolean => status === 'open'

/** Whether this request was made before: a run opens one turn, however often its request arrives. */
const isRepeat = (view: View, runId: string): boolean =>
  view.open?.id === runId ||
  view.turns.some(({ id }) => id === runId) ||
  view.queue.some(({ turnId }) => turnId === runId)
