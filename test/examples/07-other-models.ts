import Anthropic from '@anthropic-ai/sdk'
import { claude, createConversation } from 'turnstate'

const chat = createConversation({
  source: claude(new Anthropic()),
  model: 'claude-opus-5-5',
  maxTokens: 1024,
  onRefusal: [{ fallback: [{ model: 'claude-opus-5' }, { model: 'claude-opus-4-8' }] }, 'clear'],
  retry: { models: ['claude-sonnet-5'] }, // for outages, never for refusals
  returnToModel: 10, // turns later
})
chat.on('model.switched', ({ from, to, cause }) => console.log(`${from} → ${to} (${cause})`))

const { model, refusals, fallbackCredit } = await chat.sendMessage('Hello')
console.log(model, refusals.length, fallbackCredit ?? 'no credit')
await chat.close()
