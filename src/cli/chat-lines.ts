import { createInterface } from 'node:readline'
import type { Conversation } from '../conversation/conversation-interface.ts'
import { TurnstateError } from '../errors.ts'
import type { ChatOutput } from './chat-output.ts'
import { decisions, isUndecided, readDecision, untilAtRest } from './decide.ts'
import type { Host } from './host.ts'
import { sendAndShow } from './send.ts'

/** Messages, one per line, read as their turn comes. */
export class Lines {
  readonly #leaving: AbortSignal
  readonly #interface
  readonly #lines: AsyncIterator<string>
  #first: IteratorResult<string> | null = null

  constructor({ input, leaving }: Pick<Host, 'input' | 'leaving'>) {
    this.#leaving = leaving
    this.#interface = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY, terminal: false, signal: leaving })
    this.#lines = this.#interface[Symbol.asyncIterator]()
  }

  /** Waits for the first line, or for the end of the stream. */
  async isEmpty(): Promise<boolean> {
    this.#first ??= await this.#lines.next()
    return this.#first.done === true
  }

  /** Sends each line, one after the other. Gives the number of those that failed. */
  async sendAll(conversation: Conversation, output: ChatOutput): Promise<number> {
    let failures = 0
    this.#first ??= await this.#lines.next()
    for (let line = this.#first; !line.done && !this.#leaving.aborted; line = await this.#lines.next())
      if (line.value.trim() !== '' && !(await take(line.value, conversation, output))) failures++
    return failures
  }

  /** Reads no more, whether or not there is any. */
  close(): void {
    this.#interface.close()
  }
}

/** A line is a message, or the decision about a refusal that waits for one. */
async function take(line: string, conversation: Conversation, output: ChatOutput): Promise<boolean> {
  output.message(line)
  if (!isUndecided(conversation)) return (await sendAndShow(conversation, output, line)) !== 'failed'
  const policy = readDecision(line)
  if (policy === null) {
    output.problem(
      new TurnstateError(
        'conversation-busy',
        `This line was not sent: a refusal waits for a decision. Give ${decisions} as a line first.`,
      ),
    )
    return false
  }
  conversation.resolveRefusal(policy)
  await untilAtRest(conversation)
  return true
}
