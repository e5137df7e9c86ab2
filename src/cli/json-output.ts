import type { Conversation } from '../conversation/conversation-interface.ts'
import type { ConversationNotice } from '../conversation/turns/events.ts'
import type { TurnstateError } from '../errors.ts'
import type { ConversationListing } from '../stores/index.ts'
import { forTerminalAsJson } from '../terminal-text.ts'
import type { Beginning, ChatOutput, SceneCheck, SceneHeading, TourEnd } from './chat-output.ts'
import { recalled } from './explain-opened.ts'
import type { Output } from './host.ts'

/** One JSON object with a `type` per line, free of terminal control sequences. Omits the classifier's explanation, which is not for users. */
export class JsonOutput implements ChatOutput {
  readonly #stream: Output
  #isSimulated = false

  constructor(stream: Output) {
    this.#stream = stream
  }

  begin({ model, connection, plays, files, kept }: Beginning): void {
    this.#isSimulated = connection.kind === 'simulator'
    this.#write({
      type: 'session',
      model,
      connection: connection.kind,
      simulated: connection.kind === 'simulator',
      demo: plays !== 'nothing',
      ...(plays === 'tour' ? { tour: true } : {}),
      ...(files.length > 0 ? { files } : {}),
      ...(kept ? { id: kept.id } : {}),
    })
  }

  opened(conversation: Conversation, { id, title, changedAt }: ConversationListing): void {
    const { status, error, messages, pendingCalls, queue, held } = conversation
    this.#write({
      type: 'opened',
      id,
      title,
      changedAt,
      status,
      messages: messages.length,
      last: recalled(conversation),
      ...(error ? { error: errorFields(error) } : {}),
      ...(pendingCalls.length > 0 ? { pendingCalls } : {}),
      ...(queue.length > 0 ? { queue: queue.length, held } : {}),
    })
  }

  message(text: string): void {
    this.#write({ type: 'message', text })
  }

  notice(notice: ConversationNotice): void {
    switch (notice.type) {
      case 'delta':
        if (notice.kind === 'text')
          this.#write({ type: 'text', text: notice.text, turnId: notice.turnId, attempt: notice.attempt })
        return
      case 'turn.completed':
      case 'turn.stopped':
      case 'turn.failed': {
        const {
          refusals: _refusals,
          refusal: _refusal,
          reset: _reset,
          status: _status,
          error,
          ...outcome
        } = notice.outcome
        this.#write({
          type: notice.type,
          ...outcome,
          turnId: notice.turnId,
          ...(error ? errorFields(error) : {}),
        })
        return
      }
      case 'turn.refused': {
        const { explanation: _explanation, outcome: _outcome, ...report } = notice
        this.#write(report)
        return
      }
      default:
        this.#write(notice)
    }
  }

  problem(error: TurnstateError): void {
    this.#write({ type: 'error', ...errorFields(error) })
  }

  say(text: string): void {
    this.#write({ type: 'note', text })
  }

  end({ usage, cost }: Conversation): void {
    this.#write({ type: 'total', usage, cost, simulated: this.#isSimulated })
  }

  history(messages: Conversation['history']): void {
    this.#write({ type: 'history', messages })
  }

  scene(heading: SceneHeading): void {
    this.#write({ type: 'scene', ...heading })
  }

  check(check: SceneCheck): void {
    this.#write({ type: 'check', ...check })
  }

  endTour(end: TourEnd): void {
    this.#write({ type: 'tour', ...end })
  }

  #write(line: object): void {
    this.#stream.write(`${forTerminalAsJson(JSON.stringify(line))}\n`)
  }
}

/** The fields of an error: turnstate's message, and separately what others said. */
const errorFields = ({ code, message, details: { quote } }: TurnstateError) => ({
  code,
  message,
  ...(quote === undefined ? {} : { quote }),
})
