'use client'
// Conversations in React: `turnstate/react`.
export { useConversation, useMessage } from './use-conversation.ts'
export type { SelectOptions, UseConversationOptions, UseMessageOptions } from './use-conversation.ts'
export type { ReactConversation } from './react-conversation.ts'
export type {
  Approval,
  ConversationActions,
  SentMessage,
  SentWithFiles,
  ShownConversation,
  ShownMessage,
} from './shown-conversation.ts'
