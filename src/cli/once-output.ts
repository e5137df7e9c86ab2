import type { Conversation } from '../conversation/conversation-interface.ts'
import type { ConversationNotice } from '../conversation/turns/events.ts'
import type { TurnstateError } from '../errors.ts'
import type { ConversationListing } from '../stores/index.ts'
import type { Beginning, ChatOutput } from './chat-output.ts'
import { whySimulated } from './explain-beginning.ts'
import { explainOpened } from './explain-opened.ts'
import type { Host, Output } from './host.ts'
import { Screen } from './screen.ts'
import { TextOutput } from './text-output.ts'

/**
 * Shows the answer to a single question on standard output, and everything else on standard error. A terminal gets the answer while
 * it arrives. A file or pipe gets it when it is complete: text of a refused reply could not be taken back from there.
 */
export class OnceOutput implements ChatOutput {
  readonly #answer: Screen
  readonly #notes: TextOutput
  readonly #noteScreen: Screen

  constructor({ output, errors, env }: Pick<Host, 'output' | 'errors' | 'env'>) {
    this.#answer = new Screen({ output, env })
    const noteOutput: Output = errors
    this.#noteScreen = new Screen({ output: noteOutput, env })
    // Not before: text that is taken back must not have ended.
    this.#noteScreen.beforeWriting(() => this.#answer.endRun())
    this.#notes = new TextOutput(this.#noteScreen, { states: 'none' })
  }

  begin(beginning: Beginning): void {
    this.#notes.begin({ ...beginning, isQuiet: true })
    if (beginning.connection.kind === 'simulator') this.#noteScreen.line(whySimulated(beginning), 'dim')
  }

  notice(notice: ConversationNotice, conversation: Conversation): void {
    if (notice.type === 'delta') {
      if (notice.kind === 'text' && this.#answer.isTerminal) this.#answer.run(notice.text)
      return
    }
    if (notice.type === 'retracted') return this.#retract(notice.cause === 'refusal')
    if (notice.type === 'turn.completed') {
      if (!this.#answer.isTerminal) this.#answer.run(notice.outcome.text)
      this.#answer.endRun()
    }
    this.#notes.notice(notice, conversation)
  }

  /** Only a terminal has the text. */
  #retract(wasRefused: boolean): void {
    const wasShown = this.#answer.isRunning
    const isErased = this.#answer.eraseRun()
    if (!wasShown || isErased) return
    this.say(`[retracted: ${wasRefused ? 'the reply was refused' : 'the attempt failed'}; the text above is void]`)
  }

  problem(error: TurnstateError): void {
    this.#notes.problem(error)
  }

  say(text: string): void {
    this.#notes.say(text)
  }

  opened(conversation: Conversation, listing: ConversationListing): void {
    const { text, style } = explainOpened(conversation, listing)
    this.#noteScreen.line(text.replace(/ The last \d+:$/, ''), style === 'bold' ? 'dim' : style)
    this.#notes.spentBefore(conversation)
  }

  /** The question is on the command line, and its tokens were shown with the answer. */
  message(): void {}
  end(): void {}
  /** There are no commands in a question, and no scenes. */
  history(): void {}
  scene(): void {}
  check(): void {}
  endTour(): void {}
}
