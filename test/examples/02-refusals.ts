import Anthropic from '@anthropic-ai/sdk'
import { claude, createConversation, messagesForUsers, plainText } from 'turnstate'

const chat = createConversation({
  source: claude(new Anthropic()),
  model: 'claude-opus-5-5',
  maxTokens: 1024,
  onRefusal: {
    default: ['drop-turn', { rewind: 1 }, 'clear'],
    bio: 'clear',
    reasoning_extraction: { rephrase: ({ input }) => `Give only the answer: ${plainText(input)}` },
    null: 'drop-turn',
  },
  messagesForUsers: { ...messagesForUsers, bio: 'We do not talk about this here.' },
})

const { status, refusal, reset } = await chat.sendMessage('Hello')
if (status === 'refused') {
  console.log(refusal?.messageForUser) // for the user
  console.log(refusal?.category, refusal?.policy, refusal?.nothingLeft) // for your metrics
  console.log(reset?.left) // [{ turnId, why: 'refused' | 'withdrawn' }]
}
await chat.close()
