import Anthropic from '@anthropic-ai/sdk'
import { Chat } from '@ai-sdk/react'
import { DefaultChatTransport, type UIMessage } from 'ai'
import { claude, memoryStore } from 'turnstate'
import { shownParts, type TurnstateData, type TurnstateMetadata } from 'turnstate/ai-sdk'
import { conversationServer, serve } from 'turnstate/server'

const server = conversationServer({
  store: memoryStore(),
  source: claude(new Anthropic()),
  model: 'claude-opus-5-5',
  maxTokens: 1024,
})
const serving = await serve(server, { port: 0 })

// What `useChat` does on a page. Pages give it the messages of GET /ai/chat/:id/messages, and `resume: true`.
const chat = new Chat<UIMessage<TurnstateMetadata, TurnstateData>>({
  id: 'c1',
  transport: new DefaultChatTransport({ api: `${serving.url}/ai/chat` }),
})
await chat.sendMessage({ text: 'Hello' })
for (const message of chat.messages)
  for (const part of shownParts(message)) {
    if (part.type === 'text') console.log(message.role, part.text)
    if (part.type === 'data-refusal') console.log(part.data.category, part.data.message)
  }
await serving.close()
