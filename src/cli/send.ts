import type { Conversation } from '../conversation.ts'
import { TurnstateError } from '../errors.ts'
import type { ChatOutput } from './chat-output.ts'

/** Sends a message and waits for its outcome, which the output shows. `false` when it failed, or could not be sent. */
export async function sendAndShow(conversation: Conversation, output: ChatOutput, text: string): Promise<boolean> {
  try {
    const { status } = await conversation.sendMessage(text)
    return status !== 'failed'
  } catch (error) {
    if (!TurnstateError.is(error)) throw error
    output.problem(error)
    return false
  }
}
