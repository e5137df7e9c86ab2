import type { Conversation } from '../conversation/conversation-interface.ts'
import { findTurn, plainText } from '../journal/index.ts'
import { CallPrompt } from './call-prompt.ts'
import type { ChatOutput } from './chat-output.ts'
import { complete } from './completion.ts'
import { answer, answerAside, type Result } from './commands/index.ts'
import { isUndecided, untilAtRest } from './decide.ts'
import { count, shortened } from './explain.ts'
import type { Host } from './host.ts'
import { Prompt } from './prompt.ts'
import type { Screen } from './screen.ts'
import type { Chat } from './send.ts'

export interface TerminalOptions {
  readonly screen: Screen
  readonly host: Host
}

/** A chat with a person at a terminal. Resolves to the exit code 0 when they leave, even after failed turns, which they saw. */
export async function converse(chat: Chat, options: TerminalOptions): Promise<number> {
  const terminal = new TerminalChat(chat, options)
  await terminal.left
  return 0
}

class TerminalChat {
  readonly left: Promise<void>
  readonly #chat: Chat
  readonly #output: ChatOutput
  readonly #screen: Screen
  readonly #prompt: Prompt
  readonly #calls: CallPrompt
  readonly #unfollow: (() => void)[] = []
  /** Lines that were typed ahead. */
  #waiting: string[] = []
  /** Lines held back after a refusal or a failure: they may depend on the missing answer. */
  #held: string[] = []
  #isBusy = false
  #hasLeft = false
  #wasInterrupted = false

  constructor(chat: Chat, { screen, host }: TerminalOptions) {
    const { output } = chat
    this.#chat = chat
    this.#output = output
    this.#screen = screen
    const prompt = new Prompt(host, { complete: (line) => complete(line, process.cwd()) })
    this.#prompt = prompt
    screen.beforeWriting(() => prompt.erase())
    this.#calls = new CallPrompt({ chat, prompt, screen, problem: (error) => output.problem(error) })
    this.left = new Promise((resolve, reject) => {
      this.#prompt.onClose(() => {
        this.#leave()
        resolve()
      })
      this.#prompt.onLine((line) => {
        this.#take(line).catch((error: unknown) => {
          reject(error)
          this.#prompt.close()
        })
      })
    })
    this.#prompt.onInterrupt(() => this.#interrupt())
    host.input.on(
      'keypress',
      (_text: unknown, key: { readonly ctrl?: boolean; readonly name?: string } | undefined) => {
        if (!(key?.ctrl && key.name === 'c')) this.#wasInterrupted = false
      },
    )
    host.leaving.addEventListener('abort', () => this.#prompt.close())
    this.#follow()
    chat.desk?.onExchange(() => this.#follow())
    void this.#begin()
  }

  get #conversation(): Conversation {
    return this.#chat.conversation
  }

  /** Follows the present conversation, and no other one. */
  #follow(): void {
    for (const end of this.#unfollow.splice(0)) end()
    const conversation = this.#conversation
    this.#unfollow.push(
      this.#calls.follow(conversation),
      conversation.on('attempt.started', ({ turnId, attempt }) => attempt === 1 && this.#showMessage(turnId)),
      // After everything about it is written, because that hides the prompt.
      conversation.subscribe(() => void setImmediate(() => this.#goOn())),
    )
    this.#calls.show()
  }

  /** A conversation that was opened may have calls that wait or run: they are answered before the first message. */
  async #begin(): Promise<void> {
    if (this.#isAtRest()) return this.#show()
    this.#isBusy = true
    await untilAtRest(this.#conversation)
    await this.#answerWaiting()
  }

  #isAtRest(): boolean {
    const { status } = this.#conversation
    return status === 'ready' || status === 'error' || isUndecided(this.#conversation)
  }

  /** Handles the lines that were typed ahead. */
  async #answerWaiting(): Promise<void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#output.message(next)
      await this.#answer(next)
    }
    this.#isBusy = false
    if (!this.#hasLeft) this.#show()
  }

  /** Handles a line. Lines that are entered while one is being answered wait. */
  async #take(line: string): Promise<void> {
    if (this.#isBusy && this.#calls.asked) return this.#takeAside(line)
    if (this.#isBusy) {
      // Leaving does not wait.
      if (/^\/(quit|exit)\s*$/.test(line)) this.#prompt.close()
      else if (line.trim() !== '') this.#waiting.push(line)
      return
    }
    this.#isBusy = true
    this.#prompt.hide()
    await this.#answer(line)
    await this.#answerWaiting()
  }

  /** Shows a message that was sent elsewhere, such as in an inspector. */
  #showMessage(turnId: string): void {
    if (this.#isBusy || this.#hasLeft) return
    const turn = findTurn(this.#conversation.actor.getSnapshot().context.view, turnId)
    if (turn?.kind === 'user') this.#output.message(plainText(turn.input))
  }

  /** Shows the prompt again after output that was caused elsewhere. */
  #goOn(): void {
    if (this.#isBusy || this.#hasLeft) return
    const { status } = this.#conversation
    if (status === 'closed') {
      // Of a conversation that another process has taken over the log says so.
      if (this.#conversation.error?.code !== 'conversation-lost')
        this.#output.say('The conversation was closed elsewhere, such as in an inspector.')
      return this.#prompt.close()
    }
    if (this.#isAtRest() && !this.#prompt.isShown) this.#show()
  }

  /** Handles a line while a tool call waits: it answers the call, or is a command. */
  async #takeAside(line: string): Promise<void> {
    this.#prompt.hide()
    if (!(await this.#calls.take(line))) {
      const result = await answerAside(line, this.#chat)
      if (result === 'quit') return this.#prompt.close()
      if (result === null && line.trim() !== '')
        this.#output.say('A tool call is waiting: type y to allow it, n to deny it, or n and a reason for the model.')
    }
    if (!this.#prompt.isShown && !this.#hasLeft) this.#calls.show()
  }

  #next(): string | undefined {
    return this.#hasLeft ? undefined : this.#waiting.shift()
  }

  async #answer(line: string): Promise<void> {
    const result: Result = await answer(line, this.#chat)
    switch (result) {
      case 'quit':
        return this.#prompt.close()
      case 'unanswered':
        return this.#hold()
      case 'send-held':
        if (this.#held.length === 0) this.#output.say('No messages are held back.')
        this.#waiting.unshift(...this.#held)
        this.#held = []
        return
      case 'drop-held':
        this.#output.say(`${count(this.#held.length, 'message')} discarded.`)
        this.#held = []
        return
      case 'done':
    }
  }

  #hold(): void {
    if (this.#waiting.length === 0 || this.#hasLeft) return
    this.#held.push(...this.#waiting)
    this.#waiting = []
    for (const line of this.#held) this.#output.say(`Held back: "${shortened(line, 60)}"`)
    this.#output.say('These were typed before you could see this. /send sends them anyway, /drop discards them.')
  }

  #show(): void {
    this.#screen.line()
    const files = this.#chat.attachments.labels.length
    const name = isUndecided(this.#conversation) ? 'decide' : files === 0 ? 'you' : `you (${count(files, 'file')})`
    this.#prompt.show(this.#screen.paint('cyan', `${name}> `))
  }

  /** Ctrl-C: stops the turn; pressed again, it quits. */
  #interrupt(): void {
    if (this.#wasInterrupted) return this.#prompt.close()
    this.#wasInterrupted = true
    if (this.#prompt.isShown) {
      this.#prompt.clear()
      this.#prompt.hide()
      this.#screen.line()
    }
    if (this.#isBusy) return void this.#conversation.stop()
    this.#screen.line('Press Ctrl-C again to quit.')
    this.#show()
  }

  #leave(): void {
    this.#hasLeft = true
    const isBehindPrompt = this.#prompt.isShown
    this.#prompt.hide()
    if (isBehindPrompt) this.#screen.line()
    const unsent = this.#waiting.length + this.#held.length
    if (unsent > 0) this.#output.say(`${count(unsent, 'message')} not sent.`)
  }
}
