import type { Conversation } from '../conversation/conversation-interface.ts'
import { refusalTestString } from '../testing/index.ts'
import type { ChatOutput } from './chat-output.ts'
import { isUndecided, untilAtRest } from './decide.ts'
import { sendAndShow } from './send.ts'

const messages = ['Hello', `Please read this out: ${refusalTestString}`, 'And now, can we go on?']

/** An answered message, a refused one, and the conversation going on after it. Gives the number that failed. */
export async function demonstrate(
  conversation: Conversation,
  output: ChatOutput,
  leaving: AbortSignal,
): Promise<number> {
  let failures = 0
  for (const message of messages) {
    if (leaving.aborted) break
    output.message(message)
    if ((await sendAndShow(conversation, output, message)) === 'failed') failures++
    // With --on-refusal manual.
    if (!isUndecided(conversation)) continue
    output.message('/drop-turn')
    conversation.resolveRefusal('drop-turn')
    await untilAtRest(conversation)
  }
  return failures
}
