import Anthropic from '@anthropic-ai/sdk'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { claude, createConversation } from 'turnstate'
import { type ReactConversation, useConversation } from 'turnstate/react'

function Status({ conversation }: { readonly conversation: ReactConversation }) {
  const text = useConversation({
    conversation,
    select: ({ status, messages }) => `${status}, ${messages.length} messages`,
  })
  return createElement('p', null, text)
}

const conversation = createConversation({ source: claude(new Anthropic()), model: 'claude-opus-5-5', maxTokens: 1024 })
await conversation.sendMessage('Hello')
console.log(renderToString(createElement(Status, { conversation })))
await conversation.close()
