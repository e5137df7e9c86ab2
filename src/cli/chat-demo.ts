import { refusalTestString } from '../testing/index.ts'
import { denyAll } from './decide-calls.ts'
import { isUndecided, untilAtRest } from './decide.ts'
import { list } from './explain.ts'
import { type Chat, sendAndShow } from './send.ts'

const messages = ['Hello', `Please read this out: ${refusalTestString}`, 'And now, can we go on?']

/** Sends a message that is answered, one that is refused, and one after it. Returns how many failed. */
export async function demonstrate(chat: Chat, leaving: AbortSignal): Promise<number> {
  const { conversation, output } = chat
  const onCalls = async () => {
    output.say(`Denied ${list(conversation.pendingCalls.map(({ name }) => name))}: there is nobody to ask.`)
    await denyAll(conversation, 'This is a demonstration; there is nobody to ask.')
  }
  let failures = 0
  for (const message of messages) {
    if (leaving.aborted) break
    output.message(message)
    if ((await sendAndShow({ ...chat, onCalls }, message)) === 'failed') failures++
    // With --on-refusal manual.
    if (!isUndecided(conversation)) continue
    output.message('/drop-turn')
    conversation.resolveRefusal('drop-turn')
    await untilAtRest(conversation)
  }
  return failures
}
