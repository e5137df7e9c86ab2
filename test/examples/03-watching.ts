import Anthropic from '@anthropic-ai/sdk'
import { claude, createConversation } from 'turnstate'

const chat = createConversation({ source: claude(new Anthropic()), model: 'claude-opus-5-5', maxTokens: 1024 })

const turn = chat.sendMessage('Count to ten', { signal: AbortSignal.timeout(60_000) })
for await (const event of turn) {
  if (event.type !== 'delta' || event.kind !== 'text') continue
  process.stdout.write(event.text)
  if (event.seq === 5) chat.stop()
}
console.log((await turn).status) // stopped, unless it was through by then: what was said is kept

const unsubscribe = chat.subscribe(() => console.log(chat.status, chat.messages.length))
await chat.sendMessage('Shorter, please')
unsubscribe()
await chat.close()
