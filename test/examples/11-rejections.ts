import Anthropic from '@anthropic-ai/sdk'
import { claude, createConversation } from 'turnstate'

const chat = createConversation({
  source: claude(new Anthropic()),
  model: 'claude-opus-5-5',
  maxTokens: 1024,
  request: { metadata: { user_id: 'u1' } },
  onRejection: ({ rejection }) => (rejection.pointer === 'container' ? 'stop' : 'repair'),
})
chat.on('request.rejected', ({ rejection }) => console.log(rejection.code, rejection.pointer, rejection.suspects))
chat.on('request.repaired', ({ leftOut }) => console.log('asked again without', leftOut))
chat.on('context.setAside', ({ turns }) => console.log(`${turns.length} turns are set aside`))
chat.on('context.takenBack', ({ turns }) => console.log(`${turns.length} turns are back`))

const { status, rejection } = await chat.sendMessage('Hello')
console.log(status, rejection?.code ?? 'taken as it was', chat.leftOut.length)
await chat.close()
