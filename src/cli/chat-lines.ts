import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Conversation } from '../conversation.ts'
import type { ChatOutput } from './chat-output.ts'
import { sendAndShow } from './send.ts'

export interface Lines {
  /** Nothing at all was on the stream. */
  readonly isEmpty: boolean
  /** Sends each line, one after the other. Gives the number of those that failed. */
  sendAll(conversation: Conversation, output: ChatOutput): Promise<number>
}

/** Reads as far as the first line; the others are read as their turn comes. */
export async function readLines(stream: Readable): Promise<Lines> {
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]()
  const first = await lines.next()
  return {
    isEmpty: first.done === true,
    async sendAll(conversation, output) {
      let failures = 0
      for (let line = first; !line.done; line = await lines.next()) {
        if (line.value.trim() === '') continue
        output.message(line.value)
        if (!(await sendAndShow(conversation, output, line.value))) failures++
      }
      return failures
    },
  }
}
