import { createActor, type EventObject } from 'xstate'
import { conversationMachine, typedCallback } from 'turnstate/machines'
import type { ReplyEmitted, ReplyEvent, ReplyInput } from 'turnstate/machines'

const echo = conversationMachine.provide({
  actors: {
    streamReply: typedCallback<EventObject, ReplyInput, ReplyEvent, ReplyEmitted>(({ input, sendBack }) => {
      const text = `Turn ${input.turnId}, attempt ${input.attempt}`
      const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }
      sendBack({ type: 'reply.opened' })
      sendBack({
        type: 'reply.finished',
        model: 'echo',
        promptHash: '',
        content: [{ type: 'text', text }],
        stopReason: 'end_turn',
        usage,
      })
    }),
  },
})

const actor = createActor(echo).start()
actor.on('turn.completed', ({ turnId }) => console.log(turnId, 'completed'))
actor.send({ type: 'user.send', turnId: 't1', input: 'Hello', at: Date.now() })
console.log(actor.getSnapshot().value, actor.getSnapshot().hasTag('ready'))
