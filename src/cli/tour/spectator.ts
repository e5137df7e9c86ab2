import type { Conversation } from '../../conversation/conversation-interface.ts'
import { CallPrompt } from '../call-prompt.ts'
import type { ChatOutput } from '../chat-output.ts'
import type { Host } from '../host.ts'
import { Prompt } from '../prompt.ts'
import type { Screen } from '../screen.ts'

/** The exit code after Ctrl-C, as in shells. */
const interrupted = 130

/** The person at the terminal during the tour: is asked about tool calls, and may leave at any time. */
export class Spectator {
  readonly #prompt: Prompt
  readonly #screen: Screen
  readonly #output: ChatOutput
  readonly #leaving = new AbortController()
  #calls: CallPrompt | null = null
  #isOver = false

  constructor(host: Host, screen: Screen, output: ChatOutput) {
    const prompt = new Prompt(host)
    this.#prompt = prompt
    this.#screen = screen
    this.#output = output
    screen.beforeWriting(() => prompt.erase())
    prompt.onInterrupt(() => this.#leave())
    prompt.onClose(() => this.#leave())
    prompt.onLine((line) => void this.#take(line))
  }

  get leaving(): AbortSignal {
    return this.#leaving.signal
  }

  follow(conversation: Conversation): void {
    this.#calls = new CallPrompt({
      chat: { conversation },
      prompt: this.#prompt,
      screen: this.#screen,
      problem: (error) => this.#output.problem(error),
    })
    this.#calls.follow(conversation)
  }

  close(): void {
    this.#isOver = true
    this.#prompt.hide()
    this.#prompt.close()
  }

  /** Ignores lines that are entered while nothing is asked. */
  async #take(line: string): Promise<void> {
    if (!this.#calls?.asked) return
    this.#prompt.hide()
    if (!(await this.#calls.take(line)))
      this.#output.say('Type y or n, or n and a reason for the model. Ctrl-C leaves the tour.')
    if (!this.#prompt.isShown) this.#calls.show()
  }

  #leave(): void {
    if (this.#isOver) return
    if (this.#prompt.isShown) {
      this.#prompt.hide()
      this.#screen.line()
    }
    this.#leaving.abort(interrupted)
  }
}
