import type { Conversation } from '../../conversation/conversation-interface.ts'
import type { ChatOutput } from '../chat-output.ts'
import { decideCall, denying } from '../decide-calls.ts'
import type { Scene } from './scene.ts'

/** Answers the calls that wait as the scene says, and says that it did: nobody is there to be asked. */
export function answering({ answers = [] }: Scene, conversation: Conversation, output: ChatOutput) {
  const left = [...answers]
  return async (): Promise<void> => {
    const [call] = conversation.pendingCalls
    if (!call) return
    const answer = left.shift() ?? { deny: 'The scene says nothing about this call' }
    const { callId, name } = call
    if (answer === 'allow') output.say(`No terminal to ask at: the scene allows ${name} (${callId}).`)
    else output.say(`No terminal to ask at: the scene denies ${name} (${callId}): ${answer.deny}.`)
    await decideCall(conversation, answer === 'allow' ? { kind: 'approve', callId } : denying(callId, answer.deny))
  }
}
