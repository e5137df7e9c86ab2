import type { Conversation } from '../conversation/conversation-interface.ts'
import type { ContextReset, ConversationNotice, RefusalReport, TurnOutcome } from '../conversation/events.ts'
import type { TurnstateError } from '../errors.ts'
import { findTurn } from '../journal/index.ts'
import { refusalTestString } from '../testing/index.ts'
import type { Beginning, ChatOutput } from './chat-output.ts'
import { count, explainClearing, explainRefusal, explainReset, shortened } from './explain.ts'
import type { Screen } from './screen.ts'

export interface TextOutputOptions {
  /** Each transition on a line of its own, beside the line of states at the end of a turn. */
  readonly showEachState: boolean
}

/** A chat for people. */
export class TextOutput implements ChatOutput {
  readonly #screen: Screen
  readonly #options: TextOutputOptions
  /** Characters of the reply in progress that were shown. */
  #shown = 0
  /** Top-level states that the turn went through. */
  #states: string[] = []
  #refusal: RefusalReport | null = null

  constructor(screen: Screen, options: TextOutputOptions) {
    this.#screen = screen
    this.#options = options
  }

  begin({ model, connection, isDemo, hasKey }: Beginning): void {
    this.#screen.line(`turnstate chat with ${model}, by ${connection.name}`, 'bold')
    if (isDemo) this.#screen.line('Nothing was on standard input, so this is a short demonstration.')
    if (connection.kind !== 'simulator') return
    const why = hasKey
      ? 'A demonstration asks for a refusal on purpose, so it leaves the API alone'
      : 'No ANTHROPIC_API_KEY is set'
    this.#screen.line(`${why}: the replies are simulated, no model is asked.`, 'dim')
    if (isDemo || !this.#screen.isTerminal) return
    this.#screen.line('To see a refusal, type /refuse, or a line with this string in it:', 'dim')
    this.#screen.line(refusalTestString, 'dim')
  }

  message(text: string): void {
    this.#screen.line()
    this.#screen.run('you> ', 'cyan')
    this.#screen.run(shortened(text, 100))
    this.#screen.endRun()
  }

  notice(notice: ConversationNotice, conversation: Conversation): void {
    switch (notice.type) {
      case 'state':
        return this.#state(notice.from, notice.to, notice.event)
      case 'delta':
        return notice.kind === 'text' ? this.#text(notice.text) : undefined
      case 'retracted':
        return this.#retract(notice.cause)
      case 'retry.scheduled':
        return this.#note(`${notice.failure.message} Trying again (attempt ${notice.attempt}).`, 'yellow')
      case 'turn.refused':
        return this.#refused(notice)
      case 'context.reset':
        return this.#reset(notice, conversation)
      case 'turn.failed':
        this.#note(`Failed (${notice.outcome.error?.code}): ${notice.outcome.error?.message}`, 'red')
        return this.#cutShort(notice.outcome, conversation)
      case 'turn.stopped':
        this.#note('Stopped.', 'yellow')
        return this.#cutShort(notice.outcome, conversation)
      case 'turn.completed':
        return this.#completed(notice.outcome)
      case 'model.switched':
        return this.#note(`The model is ${notice.to} now.`, 'dim')
      case 'journal.unsaved':
        return this.#note(notice.failure.message, 'red')
      case 'attempt.started':
      case 'input.queued':
      case 'input.withdrawn':
      case 'unknown':
    }
  }

  problem(error: TurnstateError): void {
    this.#note(`${error.message} (${error.code})`, 'red')
  }

  say(text: string): void {
    this.#note(text)
  }

  #state(from: string, to: string, event: string): void {
    const name = to.split('.')[0] ?? to
    const isClosing = name === 'closing' || name === 'closed'
    // The end of a conversation that is at rest is no news.
    if (isClosing && this.#states.length === 0) return
    if (this.#states.at(-1) !== name) this.#states.push(name)
    if (this.#options.showEachState) this.#note(`${from} → ${to}  (${event})`, 'dim')
  }

  #text(text: string): void {
    if (this.#shown === 0) this.#screen.run('claude> ', 'green')
    this.#shown += text.length
    this.#screen.run(text)
  }

  /** Takes the text off the screen where that can be done surely; says that it is void in any case. */
  #retract(cause: 'refusal' | 'retry'): void {
    const characters = count(this.#shown, 'character')
    const where = this.#screen.eraseRun() ? `${characters} of it taken off the screen` : 'the text above is void'
    const what = cause === 'refusal' ? 'the reply was refused' : 'the attempt failed'
    this.#note(`[retracted: ${what}; ${where}]`, 'yellow')
  }

  #refused(report: RefusalReport): void {
    this.#refusal = report
    if (report.policy !== 'manual') return
    for (const line of explainRefusal(report)) this.#note(line, 'yellow')
    this.#showStates()
  }

  #reset(reset: ContextReset, conversation: Conversation): void {
    const refusal = reset.cause === 'refusal' ? this.#refusal : null
    const lines = refusal
      ? [
          // Who decided has read it already.
          ...(refusal.policy === 'manual' ? [] : explainRefusal(refusal)),
          ...explainReset(reset, conversation),
        ]
      : explainClearing(reset)
    for (const line of lines) this.#note(line, 'yellow')
    this.#endTurn()
  }

  #cutShort(outcome: TurnOutcome, conversation: Conversation): void {
    const turn = findTurn(conversation.actor.getSnapshot().context.view, outcome.turnId)
    if (turn) this.#note(turn.kept ? 'What was said of it stays in the context.' : 'Nothing of it is in the context.')
    this.#endTurn()
  }

  #completed({ text, finishReason }: TurnOutcome): void {
    if (text === '') this.#note('The reply has no text.', 'yellow')
    if (finishReason === 'length') this.#note('The reply was cut off at its longest (see --max-tokens).', 'yellow')
    this.#endTurn()
  }

  #endTurn(): void {
    this.#showStates()
    this.#states = []
    this.#refusal = null
  }

  #showStates(): void {
    this.#endText()
    if (this.#states.length > 0) this.#screen.line(`state: ${this.#states.join(' → ')}`, 'dim')
  }

  #note(text: string, style?: 'yellow' | 'red' | 'dim'): void {
    this.#endText()
    this.#screen.line(text, style)
  }

  #endText(): void {
    this.#screen.endRun()
    this.#shown = 0
  }
}
