import Anthropic from '@anthropic-ai/sdk'
import { claude, createConversation } from 'turnstate'

const chat = createConversation({ source: claude(new Anthropic()), model: 'claude-opus-5-5', maxTokens: 1024 })

const turn = chat.sendMessage('Count to ten', { signal: AbortSignal.timeout(60_000) })
for await (const event of turn) {
  if (event.type === 'delta') process.stdout.write(event.text)
  if (event.type === 'delta' && event.seq === 5) chat.stop()
}
console.log((await turn).status) // stopped: what was said is kept, and "shorter, please" builds on it

const unsubscribe = chat.subscribe(() => console.log(chat.status, chat.messages.length))
await chat.sendMessage('Shorter, please')
unsubscribe()
await chat.close()
