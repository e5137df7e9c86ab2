import Anthropic from '@anthropic-ai/sdk'
import { createElement, useSyncExternalStore } from 'react'
import { renderToString } from 'react-dom/server'
import { claude, type Conversation, createConversation } from 'turnstate'

/** Reads something of a conversation. The component renders again when it changes. */
function useConversation<Shown>(chat: Conversation, read: (chat: Conversation) => Shown): Shown {
  const snapshot = () => read(chat)
  return useSyncExternalStore(chat.subscribe, snapshot, snapshot)
}

function Messages({ chat }: { readonly chat: Conversation }) {
  const messages = useConversation(chat, (conversation) => conversation.messages)
  return createElement(
    'ul',
    null,
    messages.map(({ id, parts }) =>
      createElement('li', { key: id }, ...parts.map((part) => (part.type === 'text' ? part.text : null))),
    ),
  )
}

const chat = createConversation({ source: claude(new Anthropic()), model: 'claude-opus-5-5', maxTokens: 1024 })
await chat.sendMessage('Hello')
console.log(renderToString(createElement(Messages, { chat })))
await chat.close()
