import { createInterface } from 'node:readline'
import { setImmediate } from 'node:timers/promises'
import { TurnstateError } from '../errors.ts'
import { callDecisions, decideCall, denyAll, readCallDecision } from './decide-calls.ts'
import { decisions, isAtRest, isUndecided, readDecision, untilAtRest } from './decide.ts'
import { list } from './explain.ts'
import type { Host } from './host.ts'
import { type Chat, sendAndShow } from './send.ts'
import { until } from './until.ts'

/** Messages from a pipe, one per line. Each is read when the one before is answered. */
export class Lines {
  readonly #leaving: AbortSignal
  readonly #interface
  readonly #lines: AsyncIterator<string>
  #first: IteratorResult<string> | null = null
  #failures = 0

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

  /** Sends the lines one after the other. Returns how many failed. */
  async sendAll(chat: Chat): Promise<number> {
    const answering = { ...chat, onCalls: () => this.#answerCall(chat) }
    await this.#finish(chat)
    for (let line = await this.#next(); line !== null; line = await this.#next()) await this.#take(line, answering)
    return this.#failures
  }

  /** A conversation that was opened may have calls that wait or run: they are answered before the first message. */
  async #finish(chat: Chat): Promise<void> {
    const { conversation } = chat
    const waits = () => conversation.pendingCalls.length > 0
    for (;;) {
      await until(conversation, () => waits() || isAtRest(conversation))
      if (!waits()) return
      await this.#answerCall(chat)
    }
  }

  /** Stops reading. */
  close(): void {
    this.#interface.close()
  }

  /** The next line that is not blank; `null` after the last. */
  async #next(): Promise<string | null> {
    for (;;) {
      const line = this.#first ?? (await this.#lines.next())
      this.#first = null
      if (line.done || this.#leaving.aborted) return null
      if (line.value.trim() !== '') return line.value
    }
  }

  /** Handles a line: a message, or the decision about a refusal. */
  async #take(line: string, chat: Chat): Promise<void> {
    const { conversation, output } = chat
    // The only report for programs: others would look like messages.
    if (line.trim() === '/history') return output.history(conversation.history)
    output.message(line)
    if (!isUndecided(conversation)) {
      if ((await sendAndShow(chat, line)) === 'failed') this.#failures++
      return
    }
    const policy = readDecision(line)
    if (policy === null) return this.#fail(chat, `a refusal waits for a decision. Give ${decisions} as a line first.`)
    conversation.resolveRefusal(policy)
    await untilAtRest(conversation)
  }

  /** The next line answers a call that waits. */
  async #answerCall(chat: Chat): Promise<void> {
    const { conversation, output } = chat
    // Calls of one reply start to wait one after the other. A line that is available already is about all of them.
    await setImmediate()
    const line = await this.#next()
    // The conversation is closing: the calls go with it.
    if (this.#leaving.aborted) return conversation.close()
    if (line === null) {
      const names = list(conversation.pendingCalls.map(({ name }) => name))
      output.say(`Denied ${names}: the input has ended, so there is nobody to ask.`)
      return denyAll(conversation, 'The input has ended; there is nobody to ask.')
    }
    output.message(line)
    const decision = readCallDecision(line, conversation.pendingCalls)
    if (decision === null) {
      const ids = list(conversation.pendingCalls.map(({ name, callId }) => `${name} (${callId})`))
      return this.#fail(chat, `${ids} must be answered first. Give ${callDecisions} as a line, or JSON.`)
    }
    try {
      await decideCall(conversation, decision)
    } catch (error) {
      if (!TurnstateError.is(error)) throw error
      output.problem(error)
      this.#failures++
    }
  }

  #fail({ output }: Chat, why: string): void {
    output.problem(new TurnstateError('conversation-busy', `This line was not sent: ${why}`))
    this.#failures++
  }
}
