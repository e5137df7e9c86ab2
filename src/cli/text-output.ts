import { styleText } from 'node:util'
import type { WriteStream } from 'node:tty'
import type { Conversation } from '../conversation.ts'
import type { ContextReset, ConversationNotice, RefusalReport } from '../conversation/events.ts'
import type { TurnstateError } from '../errors.ts'
import { findTurn, plainText } from '../journal/index.ts'
import type { Beginning, ChatOutput } from './chat-output.ts'
import { refusalTestString } from '../testing/index.ts'

type Style = 'dim' | 'bold' | 'red' | 'yellow' | 'green' | 'cyan'

export interface TextOutputOptions {
  /** Each transition on a line of its own, beside the line of states at the end of a turn. */
  readonly showEachState: boolean
}

/** A chat for people. */
export class TextOutput implements ChatOutput {
  readonly #stream: WriteStream
  readonly #options: TextOutputOptions
  readonly #hasColours: boolean
  /** Text of the reply in progress that stands on the screen. */
  #shown = ''
  /** Top-level states that the turn went through. */
  #states: string[] = []
  #refusal: RefusalReport | null = null

  constructor(stream: WriteStream, options: TextOutputOptions) {
    this.#stream = stream
    this.#options = options
    this.#hasColours = stream.isTTY && !process.env['NO_COLOR']
  }

  begin({ model, connection, isDemo }: Beginning): void {
    this.#line(`${this.#paint('bold', 'turnstate')} chat with ${model} by ${connection.name}`)
    if (isDemo) this.#line('Nothing was on standard input, so this is a short demonstration.')
    else if (connection.kind === 'simulator' && this.#stream.isTTY)
      this.#line(this.#paint('dim', `To see a refusal, type /refuse, or a line with ${refusalTestString}`))
  }

  message(text: string): void {
    this.#line(`\n${this.#paint('cyan', 'you>')} ${shortened(text, 100)}`)
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
        return this.#note('yellow', `${notice.failure.message} Trying again (attempt ${notice.attempt}).`)
      case 'turn.refused':
        this.#refusal = notice
        if (notice.policy === 'manual') this.#explainRefusal(notice, null, conversation)
        return
      case 'context.reset':
        if (this.#refusal && notice.cause === 'refusal') this.#explainRefusal(this.#refusal, notice, conversation)
        else this.#note('yellow', `The context was cleared: ${count(notice.left.length, 'turn')} left it.`)
        return this.#endTurn()
      case 'turn.failed':
        this.#note('red', `Failed (${notice.outcome.error?.code}): ${notice.outcome.error?.message}`)
        return this.#endTurn()
      case 'turn.stopped':
        this.#note('yellow', 'Stopped. What was said stays.')
        return this.#endTurn()
      case 'turn.completed':
        return this.#endTurn()
      case 'model.switched':
        return this.#note('dim', `The model is ${notice.to} now.`)
      case 'journal.unsaved':
        return this.#note('red', notice.failure.message)
      case 'attempt.started':
      case 'input.queued':
      case 'input.withdrawn':
      case 'unknown':
    }
  }

  problem(error: TurnstateError): void {
    this.#note('red', `${error.message} (${error.code})`)
  }

  say(text: string): void {
    this.#line(text)
  }

  #state(from: string, to: string, event: string): void {
    const name = to.split('.')[0] ?? to
    if (this.#states.length === 0 && name === 'streaming') this.#states = []
    if (this.#states.at(-1) !== name) this.#states.push(name)
    if (this.#options.showEachState) this.#note('dim', `${from} → ${to}  (${event})`)
  }

  #text(text: string): void {
    if (this.#shown === '') this.#stream.write(this.#paint('green', 'claude> '))
    this.#shown += text
    this.#stream.write(text)
  }

  /** Takes the text off the screen where it can; says that it is void in any case. */
  #retract(cause: 'refusal' | 'retry'): void {
    const rows = this.#rowsShown()
    if (rows !== null) {
      if (rows > 1) this.#stream.moveCursor(0, -(rows - 1))
      this.#stream.cursorTo(0)
      this.#stream.clearScreenDown()
      this.#shown = ''
    }
    const why = cause === 'refusal' ? 'the reply was refused' : 'the attempt failed'
    this.#note('yellow', `[retracted: ${why}; what was shown of it is void]`)
    this.#shown = ''
  }

  /** Rows of the screen that the reply takes, if it can be told for sure and all of them can still be reached. */
  #rowsShown(): number | null {
    const { isTTY, columns, rows } = this.#stream
    if (!isTTY || !columns || !rows || !/^[\x20-\x7e\n]*$/.test(this.#shown)) return null
    const taken = `claude> ${this.#shown}`
      .split('\n')
      .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0)
    return taken < rows ? taken : null
  }

  #explainRefusal(report: RefusalReport, reset: ContextReset | null, conversation: Conversation): void {
    const { view } = conversation.actor.getSnapshot().context
    const quote = (turnId: string) => `"${shortened(plainText(findTurn(view, turnId)?.input ?? ''), 60)}"`
    this.#note('yellow', `Refused (category ${report.category ?? 'none'}). ${report.messageForUser}`)
    if (!reset) return this.#note('yellow', 'You decide what leaves the context: /drop-turn, /rewind N or /clear.')
    for (const { turnId, why } of reset.left)
      this.#note(
        'yellow',
        `  out of the context: ${quote(turnId)}${why === 'refused' ? ' and its reply, for ever' : ''}`,
      )
    const kept = conversation.history.length
    this.#note(
      'yellow',
      kept === 0 ? '  The context is empty now.' : `  Still in the context: ${count(kept, 'message')} from before.`,
    )
    if (report.nothingLeft)
      this.#note(
        'yellow',
        '  Nothing stood before it, so the cause is in the message itself, the system prompt or the tools.',
      )
  }

  #endTurn(): void {
    this.#breakLine()
    if (this.#states.length > 0) this.#line(this.#paint('dim', `state: ${this.#states.join(' → ')}`))
    this.#states = []
    this.#refusal = null
  }

  #note(style: Style, text: string): void {
    this.#breakLine()
    this.#line(this.#paint(style, text))
  }

  #breakLine(): void {
    if (this.#shown !== '') this.#stream.write('\n')
    this.#shown = ''
  }

  #line(text: string): void {
    this.#stream.write(`${text}\n`)
  }

  #paint(style: Style, text: string): string {
    return this.#hasColours ? styleText(style, text) : text
  }
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

/** One line of at most so many characters. */
function shortened(text: string, most: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`
}
