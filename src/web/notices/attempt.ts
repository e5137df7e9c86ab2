// What the buttons of notices do. What goes wrong is said below the messages.
import type { ClientConversation } from '../../client/index.ts'
import type { TranscriptItem } from '../../index.ts'
import type { Doings } from '../transcript/doings.ts'

/** Does something, and hands what goes wrong at once or later to `fail`. */
export const attempting = (fail: Doings['fail']) => (work: () => PromiseLike<unknown>) => {
  try {
    work().then(undefined, fail)
  } catch (error) {
    fail(error)
  }
}

/** Asks the message of a turn again, as it was sent, from another model. */
export async function askAnother(chat: ClientConversation, turnId: string, model: string): Promise<void> {
  const input = chat.messages.find((item) => item.turnId === turnId && item.role === 'user')
  await chat.setModel(model)
  if (input) chat.editMessage(turnId, inputOf(input))
}

/** A message as it was sent. */
const inputOf = ({ parts }: TranscriptItem) =>
  parts.flatMap((part) =>
    part.type === 'text' ? [{ type: 'text', text: part.text }] : part.type === 'block' ? [part.block] : [],
  )
