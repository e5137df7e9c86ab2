import type { Conversation } from '../conversation/conversation-interface.ts'
import type { TurnOutcome } from '../conversation/events.ts'
import { TurnstateError } from '../errors.ts'
import type { ChatOutput } from './chat-output.ts'

/** Sends a message and waits for its outcome, which the output shows; `failed` too when it could not be sent. */
export async function sendAndShow(
  conversation: Conversation,
  output: ChatOutput,
  text: string,
): Promise<TurnOutcome['status']> {
  try {
    const { status } = await conversation.sendMessage(text)
    return status
  } catch (error) {
    if (!TurnstateError.is(error)) throw error
    output.problem(error)
    return 'failed'
  }
}
