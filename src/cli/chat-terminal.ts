import type { Conversation } from '../conversation/conversation-interface.ts'
import { findTurn, plainText } from '../journal/index.ts'
import { CallPrompt } from './call-prompt.ts'
import type { ChatOutput } from './chat-output.ts'
import { answer, answerAside, type Result } from './commands/index.ts'
import { isUndecided } from './decide.ts'
import { count, shortened } from './explain.ts'
import type { Host } from './host.ts'
import { Prompt } from './prompt.ts'
import type { Screen } from './screen.ts'
import type { Chat } from './send.ts'

export interface TerminalOptions {
  readonly screen: Screen
  readonly host: Pick<Host, 'input' | 'output' | 'leaving'>
}

/** A person at a terminal. Resolves when they leave. A failed turn is theirs to see, so it is no failure of the command. */
export async function converse(chat: Chat, options: TerminalOptions): Promise<number> {
  const terminal = new TerminalChat(chat, options)
  await terminal.left
  return 0
}

class TerminalChat {
  readonly left: Promise<void>
  readonly #chat: Chat
  readonly #conversation: Conversation
  readonly #output: ChatOutput
  readonly #screen: Screen
  readonly #prompt: Prompt
  readonly #calls: CallPrompt
  /** Lines that were typed ahead. */
  #waiting: string[] = []
  /** Those of them that did not go on after a refusal or a failure: they may build on the answer that never came. */
  #held: string[] = []
  #isBusy = false
  #hasLeft = false
  #wasInterrupted = false

  constructor(chat: Chat, { screen, host }: TerminalOptions) {
    const { conversation, output } = chat
    this.#chat = chat
    this.#conversation = conversation
    this.#output = output
    this.#screen = screen
    const prompt = new Prompt(host.input, host.output)
    this.#prompt = prompt
    screen.beforeWriting(() => prompt.erase())
    this.#calls = new CallPrompt({ conversation, prompt, screen, problem: (error) => output.problem(error) })
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
    this.#conversation.on('attempt.started', ({ turnId, attempt }) => attempt === 1 && this.#showMessage(turnId))
    // Once everything about it is written: that takes the prompt away.
    this.#conversation.subscribe(() => void setImmediate(() => this.#goOn()))
    this.#show()
  }

  /** Lines that come while one is being answered wait for their turn. */
  async #take(line: string): Promise<void> {
    if (this.#isBusy && this.#calls.asked) return this.#takeAside(line)
    if (this.#isBusy) {
      // Whoever wants to leave need not wait for that.
      if (/^\/(quit|exit)\s*$/.test(line)) this.#prompt.close()
      else if (line.trim() !== '') this.#waiting.push(line)
      return
    }
    this.#isBusy = true
    this.#prompt.hide()
    await this.#answer(line)
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#output.message(next)
      await this.#answer(next)
    }
    this.#isBusy = false
    if (!this.#hasLeft) this.#show()
  }

  /** What was sent from elsewhere, such as from an inspector. */
  #showMessage(turnId: string): void {
    if (this.#isBusy || this.#hasLeft) return
    const turn = findTurn(this.#conversation.actor.getSnapshot().context.view, turnId)
    if (turn?.kind === 'user') this.#output.message(plainText(turn.input))
  }

  /** What happened from elsewhere took the prompt away. */
  #goOn(): void {
    if (this.#isBusy || this.#hasLeft) return
    const { status } = this.#conversation
    if (status === 'closed') {
      this.#output.say('The conversation was closed from elsewhere.')
      return this.#prompt.close()
    }
    const isAtRest = status === 'ready' || status === 'error' || isUndecided(this.#conversation)
    if (isAtRest && !this.#prompt.isShown) this.#show()
  }

  /** While a tool call waits, a line is about that. */
  async #takeAside(line: string): Promise<void> {
    this.#prompt.hide()
    if (!(await this.#calls.take(line))) {
      const result = await answerAside(line, this.#chat)
      if (result === 'quit') return this.#prompt.close()
      if (result === null && line.trim() !== '')
        this.#output.say('A tool call waits: y allows it, n does not, n and a reason tells the model why.')
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
        if (this.#held.length === 0) this.#output.say('No message is held back.')
        this.#waiting.unshift(...this.#held)
        this.#held = []
        return
      case 'drop-held':
        this.#output.say(`${count(this.#held.length, 'message')} forgotten.`)
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
    this.#output.say('Typed before you could see this: /send sends it all the same, /drop forgets it.')
  }

  #show(): void {
    this.#screen.line()
    const name = isUndecided(this.#conversation) ? 'decide> ' : 'you> '
    this.#prompt.show(this.#screen.paint('cyan', name))
  }

  /** Stops what is under way; with nothing under way, or pressed again, it quits. */
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
