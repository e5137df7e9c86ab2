import Anthropic from '@anthropic-ai/sdk'
import { claude, createConversation } from 'turnstate'

const chat = createConversation({ source: claude(new Anthropic()), model: 'claude-opus-5-5', maxTokens: 1024 })

const { turnId } = await chat.sendMessage('A name for a cat?')
await chat.regenerate(turnId) // the same words again, beside it
await chat.editMessage(turnId, 'A name for a dog?') // other words in its place
console.log(chat.branches(turnId).length, chat.history.length) // 3 2

chat.switchTo(turnId)
const other = chat.fork() // a conversation of its own from here on
console.log((await other.sendMessage('And one for its owner?')).status)
await Promise.all([chat.close(), other.close()])
