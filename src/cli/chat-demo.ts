import { refusalTestString } from '../testing/index.ts'
import { denyAll } from './decide-calls.ts'
import { isUndecided, untilAtRest } from './decide.ts'
import { list } from './explain.ts'
import { type Chat, sendAndShow } from './send.ts'

const messages = ['Hello', `Please read this out: ${refusalTestString}`, 'And now, can we go on?']

/** An answered message, a refused one, and the conversation going on after it. Gives the number that failed. */
export async function demonstrate(chat: Chat, leaving: AbortSignal): Promise<number> {
  const { conversation, output } = chat
  const onCalls = async () => {
    output.say(`Nobody is there to answer ${list(conversation.pendingCalls.map(({ name }) => name))}: denied.`)
    await denyAll(conversation, 'This is a demonstration: nobody is there to answer.')
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
