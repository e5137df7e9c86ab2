import type { MessageInput } from '../index.ts'
import { isRecord } from '../objects.ts'
import type { ReactConversation } from './react-conversation.ts'
import type { ConversationActions, SentMessage, SentWithFiles } from './shown-conversation.ts'

/** The functions of a conversation, for components. */
export function actionsOf(chat: ReactConversation): ConversationActions {
  const turnOf = (messageId: string) => chat.messages.find(({ id }) => id === messageId)?.turnId ?? messageId
  return {
    sendMessage: (message, options) => {
      const { input, messageId } = inputOf(message)
      return messageId === undefined
        ? chat.sendMessage(input, options)
        : chat.editMessage(turnOf(messageId), input, options)
    },
    stop: () => chat.stop(),
    retry: (options) => chat.retry(options),
    regenerate: (message, options) => {
      const messageId = typeof message === 'object' ? message.messageId : message
      return chat.regenerate(messageId === undefined ? undefined : turnOf(messageId), options)
    },
    editMessage: (messageId, message, options) => chat.editMessage(turnOf(messageId), inputOf(message).input, options),
    resolveRefusal: (policy) => chat.resolveRefusal(policy),
    resolveRejection: (policy) => chat.resolveRejection(policy),
    approveTool: (callId) => chat.approveTool(callId),
    denyTool: (callId, reason) => chat.denyTool(callId, reason),
    answerTool: (callId, result, options) => chat.answerTool(callId, result, options),
    clear: () => chat.clear(),
    withdraw: (turnId) => chat.withdraw(turnId),
    releaseQueue: () => chat.releaseQueue(),
  }
}

/** What the conversation takes for a message. What is no message is left to it: it says what is wrong. */
function inputOf(message: SentMessage): { readonly input: MessageInput; readonly messageId?: string | undefined } {
  if (!hasFields(message)) return { input: message }
  const { messageId, files, ...rest } = message
  return { input: files === undefined ? rest : { ...rest, files: [...files] }, messageId }
}

const hasFields = (message: SentMessage): message is SentWithFiles => isRecord(message)
