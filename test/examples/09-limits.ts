import Anthropic from '@anthropic-ai/sdk'
import { claude, createConversation } from 'turnstate'

const chat = createConversation({
  source: claude(new Anthropic()),
  model: 'claude-opus-5-5',
  maxTokens: 1024,
  onTruncated: 'continue', // asks for the rest of a reply that maxTokens cut
  onOverflow: 'compact', // summarises when the context window is full, and asks again
  prices: { 'claude-opus-5-5': { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 } },
  budget: { cost: 2, refusalsInARow: 3 },
})

const { usage, attempts } = await chat.sendMessage('Hello')
console.log(usage.outputTokens > 0, attempts.length, (chat.cost ?? 0) < 2)
console.log(Object.keys(chat.ledger), chat.refusals)
await chat.close()
