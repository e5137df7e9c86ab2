import type { Conversation } from '../conversation/conversation-interface.ts'
import type { ConversationNotice, RefusalReport, TurnOutcome } from '../conversation/turns/events.ts'
import { inFull, type TurnstateError } from '../errors.ts'
import { type ContextReset, findTurn, type Turn } from '../journal/index.ts'
import type { ConversationListing } from '../stores/index.ts'
import { forTerminalAsJson } from '../terminal-text.ts'
import type { Beginning, ChatOutput, SceneCheck, SceneHeading, TourEnd } from './chat-output.ts'
import { explainBeginning } from './explain-beginning.ts'
import { explainNotice, explainOutcome } from './explain-notice.ts'
import { explainOpened, explainWaiting, recalled } from './explain-opened.ts'
import { explainSpent, nothingSpent, type Spent, spentBy, spentSince } from './explain-usage.ts'
import { count, explainClearing, explainRefusal, explainReset, shortened } from './explain.ts'
import type { Screen, Style } from './screen.ts'

export interface TextOutputOptions {
  /** The states to show: those of a turn in one line at its end, each transition on its own line too, or none. */
  readonly states: 'turn' | 'each' | 'none'
}

/** Shows a chat as text, for people. */
export class TextOutput implements ChatOutput {
  readonly #screen: Screen
  readonly #options: TextOutputOptions
  /** Number of characters of the present reply that were shown. */
  #shown = 0
  /** Top-level states that the turn went through. */
  #states: string[] = []
  #refusal: RefusalReport | null = null
  #beginning: Beginning | null = null
  /** What was spent in a conversation before the present turn. */
  readonly #before = new WeakMap<Conversation, Spent>()
  /** The present turn was cut before its tokens were counted. */
  #isEstimated = false
  /** How many turns spent something. */
  #accounts = 0

  constructor(screen: Screen, options: TextOutputOptions) {
    this.#screen = screen
    this.#options = options
  }

  begin(beginning: Beginning): void {
    this.#beginning = beginning
    if (beginning.isQuiet) return
    for (const { text, style } of explainBeginning(beginning, this.#screen.isTerminal)) this.#screen.line(text, style)
  }

  opened(conversation: Conversation, listing: ConversationListing): void {
    this.spentBefore(conversation)
    this.#states = []
    this.#refusal = null
    this.#screen.line()
    const { text, style } = explainOpened(conversation, listing)
    this.#note(text, style)
    for (const each of recalled(conversation)) {
      this.#screen.line()
      this.#screen.label(each.role === 'user' ? 'you> ' : 'claude> ', each.role === 'user' ? 'cyan' : 'green')
      const mark = each.mark === null ? '' : `[${each.mark}]`
      this.#screen.run(each.text === '' ? mark : each.text)
      this.#screen.endRun()
      if (each.text !== '' && mark !== '') this.#note(mark, 'yellow')
    }
    const waiting = explainWaiting(conversation)
    if (waiting.length > 0) this.#screen.line()
    for (const line of waiting) this.#note(line.text, line.style)
  }

  /** Tokens that a conversation used before it was opened are not those of the next turn. */
  spentBefore(conversation: Conversation): void {
    this.#before.set(conversation, spentBy(conversation))
  }

  message(text: string): void {
    this.#screen.line()
    this.#screen.label('you> ', 'cyan')
    this.#screen.run(shortened(text, 100))
    this.#screen.endRun()
  }

  notice(notice: ConversationNotice, conversation: Conversation): void {
    if ('outcome' in notice && notice.outcome?.usage.estimated) this.#isEstimated = true
    switch (notice.type) {
      case 'state':
        return this.#state(notice.from, notice.to, notice.event)
      case 'attempt.started':
        return this.#begins(notice.turnId, notice.attempt, conversation)
      case 'delta':
        return notice.kind === 'text' ? this.#text(notice.text) : undefined
      case 'retracted':
        return this.#retract(notice.cause === 'refusal' ? 'refusal' : 'retry')
      case 'turn.refused':
        return this.#refused(notice)
      case 'context.reset':
        return this.#reset(notice, conversation)
      case 'turn.failed':
        this.#note(
          `Failed (${notice.outcome.error?.code}): ${notice.outcome.error ? inFull(notice.outcome.error) : ''}`,
          'red',
        )
        return this.#cutShort(notice.outcome, conversation)
      case 'turn.stopped':
        this.#note('Stopped.', 'yellow')
        return this.#cutShort(notice.outcome, conversation)
      case 'turn.completed':
        return this.#completed(notice.outcome, conversation)
      default: {
        const line = explainNotice(notice, conversation)
        if (line) this.#note(line.text, line.style)
        if (notice.type === 'head.switched') this.#endTurn(conversation)
      }
    }
  }

  problem(error: TurnstateError): void {
    this.#note(`${inFull(error)} (${error.code})`, 'red')
  }

  say(text: string): void {
    this.#note(text)
  }

  end(conversation: Conversation): void {
    // After a single turn it would be the same again.
    if (this.#accounts < 2) return
    const line = this.#explained(spentBy(conversation))
    if (line !== null) this.#note(`total tokens: ${line}`, 'dim')
  }

  history(messages: Conversation['history']): void {
    this.#endText()
    this.#screen.verbatim(forTerminalAsJson(JSON.stringify(messages, null, 2)))
  }

  scene({ number, of, title, look }: SceneHeading): void {
    this.#note('')
    this.#note(`── ${number} of ${of}: ${title}`, 'bold')
    this.#note(`Look at ${look}`)
  }

  check({ ok, messages, model, problems }: SceneCheck): void {
    if (ok)
      this.#note(
        `check: the history can be sent: ${model} accepted a request with ${count(messages, 'message')}.`,
        'green',
      )
    else this.#note(`check FAILED: ${problems.join(' ')}`, 'red')
  }

  endTour({ scenes, failed }: TourEnd): void {
    this.#note('')
    if (failed === 0) this.#note(`${count(scenes, 'scene')} played, and every history can be sent.`, 'green')
    else this.#note(`${failed} of ${count(scenes, 'scene')} failed.`, 'red')
  }

  #state(from: string, to: string, event: string): void {
    const name = to.split('.')[0] ?? to
    const isClosing = name === 'closing' || name === 'closed'
    // Closing a conversation at rest is not worth a line.
    if (isClosing && this.#states.length === 0) return
    // What is asked is being stored: it is over at once, unless the store is down, which has a line of its own.
    if (this.#states.at(-1) !== name && name !== 'asking') this.#states.push(name)
    if (this.#options.states === 'each') this.#note(`${from} → ${to}  (${event})`, 'dim')
  }

  #begins(turnId: string, attempt: number, conversation: Conversation): void {
    const turn = findTurn(conversation.actor.getSnapshot().context.view, turnId)
    if (attempt > 1) return
    // A compaction for another turn was announced already.
    if (turn?.kind === 'compaction' && turn.replaces === undefined)
      this.#note('Asking for a summary of the conversation.', 'dim')
  }

  #text(text: string): void {
    if (this.#shown === 0) this.#screen.label('claude> ', 'green')
    this.#shown += text.length
    this.#screen.run(text)
  }

  /** Erases the text from the screen if that is certain to work, and says in any case that it is void. */
  #retract(cause: 'refusal' | 'retry'): void {
    const characters = count(this.#shown, 'character')
    const where = this.#screen.eraseRun() ? `${characters} removed from the screen` : 'the text above is void'
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
          // With `manual` it was shown before the decision.
          ...(refusal.policy === 'manual' ? [] : explainRefusal(refusal)),
          ...(refusal.compaction ? [] : explainReset(reset, conversation)),
        ]
      : // The refusal was shown when the conversation was opened.
        reset.cause === 'refusal'
        ? explainReset(reset, conversation)
        : explainClearing(reset)
    for (const line of lines) this.#note(line, 'yellow')
    this.#endTurn(conversation)
  }

  #cutShort(outcome: TurnOutcome, conversation: Conversation): void {
    const turn = findTurn(conversation.actor.getSnapshot().context.view, outcome.turnId)
    if (turn && turn.kind !== 'compaction')
      this.#note(turn.kept ? 'The part that was received stays in the context.' : 'Nothing of it stays in the context.')
    this.#endTurn(conversation)
  }

  #completed(outcome: TurnOutcome, conversation: Conversation): void {
    const turn = findTurn(conversation.actor.getSnapshot().context.view, outcome.turnId)
    if (turn?.kind !== 'compaction') for (const { text, style } of explainOutcome(outcome)) this.#note(text, style)
    this.#endTurn(conversation)
  }

  /** If another turn continues this one at once, it is not over yet for the reader. */
  #endTurn(conversation: Conversation): void {
    this.#refusal = null
    if (openTurn(conversation)) return this.#endText()
    this.#showSpent(conversation)
    this.#showStates()
    this.#states = []
  }

  #showSpent(conversation: Conversation): void {
    const spent = spentBy(conversation)
    const line = this.#explained({
      ...spentSince(spent, this.#before.get(conversation) ?? nothingSpent),
      isEstimated: this.#isEstimated,
    })
    this.#before.set(conversation, spent)
    this.#isEstimated = false
    if (line === null) return
    this.#accounts++
    this.#note(`tokens: ${line}`, 'dim')
  }

  /** `null` if nothing was spent, or only played. */
  #explained(spent: Spent): string | null {
    const { plays, connection } = this.#beginning ?? {}
    return plays === 'tour' ? null : explainSpent(spent, connection?.kind === 'simulator')
  }

  #showStates(): void {
    this.#endText()
    if (this.#states.length > 0 && this.#options.states !== 'none')
      this.#screen.line(`state: ${this.#states.join(' → ')}`, 'dim')
  }

  #note(text: string, style?: Style): void {
    this.#endText()
    this.#screen.line(text, style)
  }

  #endText(): void {
    this.#screen.endRun()
    this.#shown = 0
  }
}

const openTurn = ({ actor }: Conversation): Turn | null => actor.getSnapshot().context.view.open
