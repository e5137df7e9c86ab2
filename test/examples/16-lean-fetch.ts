import Anthropic from '@anthropic-ai/sdk'
import { claude, createConversation } from 'turnstate'
import { leanFetch } from 'turnstate/node'

const source = claude(new Anthropic({ fetch: leanFetch() }))
const chat = createConversation({ source, model: 'claude-opus-5-5', maxTokens: 1024 })
const { text } = await chat.sendMessage('Hello')
console.log(text)
await chat.close()
