import type { ConversationNotice } from '../conversation/events.ts'
import type { TurnstateError } from '../errors.ts'
import type { Beginning, ChatOutput } from './chat-output.ts'
import type { Output } from './host.ts'

/** One JSON object with a `type` per line. The classifier's explanation is left out: it is not for whoever reads on. */
export class JsonOutput implements ChatOutput {
  readonly #stream: Output

  constructor(stream: Output) {
    this.#stream = stream
  }

  begin({ model, connection, isDemo }: Beginning): void {
    this.#write({
      type: 'session',
      model,
      connection: connection.kind,
      simulated: connection.kind === 'simulator',
      demo: isDemo,
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
        const { text, stopReason, finishReason, usage, error } = notice.outcome
        this.#write({
          type: notice.type,
          turnId: notice.turnId,
          text,
          stopReason,
          finishReason,
          usage,
          ...(error ? { code: error.code, message: error.message } : {}),
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
    this.#write({ type: 'error', code: error.code, message: error.message })
  }

  say(text: string): void {
    this.#write({ type: 'note', text })
  }

  #write(line: object): void {
    this.#stream.write(`${JSON.stringify(line)}\n`)
  }
}
