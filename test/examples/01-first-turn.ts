import Anthropic from '@anthropic-ai/sdk'
import { claude, createConversation } from 'turnstate'

const chat = createConversation({ source: claude(new Anthropic()), model: 'claude-opus-5-5', maxTokens: 1024 })
chat.on('delta', ({ kind, text }) => kind === 'text' && process.stdout.write(text))
chat.on('retracted', () => console.log('\n[what was shown of this reply is void]'))
chat.on('context.reset', ({ left }) => console.log(`[${left.length} turns left the context]`))

const outcome = await chat.sendMessage('Hello')
console.log(`\n${outcome.status}`, outcome.error?.message ?? outcome.refusal?.messageForUser ?? '')
await chat.close()
