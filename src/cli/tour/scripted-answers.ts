import type { Conversation } from '../../conversation/conversation-interface.ts'
import type { ChatOutput } from '../chat-output.ts'
import { decideCall, denying } from '../decide-calls.ts'
import type { Scene } from './scene.ts'

/** Decides waiting calls as the scene says, if there is nobody to ask, and says so. */
export function answering({ answers = [] }: Scene, conversation: Conversation, output: ChatOutput) {
  const left = [...answers]
  return async (): Promise<void> => {
    const [call] = conversation.pendingCalls
    if (!call) return
    const answer = left.shift() ?? { deny: 'The scene says nothing about this call' }
    const { callId, name } = call
    if (answer === 'allow') output.say(`No terminal, so the scene allows ${name} (${callId}).`)
    else output.say(`No terminal, so the scene denies ${name} (${callId}): ${answer.deny}.`)
    await decideCall(conversation, answer === 'allow' ? { kind: 'approve', callId } : denying(callId, answer.deny))
  }
}
