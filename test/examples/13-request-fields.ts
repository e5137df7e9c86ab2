import Anthropic from '@anthropic-ai/sdk'
import { claude, createConversation } from 'turnstate'

const chat = createConversation({
  source: claude(new Anthropic()),
  model: 'claude-opus-5-5',
  maxTokens: 4096,
  request: {
    system: 'You are a cook. Answer in one sentence.',
    thinking: { type: 'adaptive' },
    metadata: { user_id: 'u1' },
  },
})

const { text } = await chat.sendMessage('What goes with beetroot?')
console.log(text)

chat.setSystem('You are a baker. Answer in one sentence.') // from the next message on
await chat.close()
