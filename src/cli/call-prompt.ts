import type { Conversation } from '../conversation/conversation-interface.ts'
import type { PendingCall } from '../conversation/pending-calls.ts'
import { TurnstateError } from '../errors.ts'
import { inOneRow } from '../terminal-text.ts'
import { type CallDecision, decideCall, denying } from './decide-calls.ts'
import { nameCall } from './explain-calls.ts'
import type { Prompt } from './prompt.ts'
import type { Screen } from './screen.ts'

export interface CallPromptOptions {
  /** Has the present conversation. */
  readonly chat: { readonly conversation: Conversation }
  readonly prompt: Prompt
  readonly screen: Screen
  readonly problem: (error: TurnstateError) => void
}

/** Asks the person at the terminal about waiting tool calls, one after the other. */
export class CallPrompt {
  readonly #options: CallPromptOptions
  /** A call that is being decided is not asked about again. */
  #isDeciding = false

  constructor(options: CallPromptOptions) {
    this.#options = options
  }

  /** Asks about the calls of a conversation from now on. Returns a function that ends it. */
  follow(conversation: Conversation): () => void {
    // After the output, which hides the prompt.
    return conversation.on('*', ({ type }) => {
      // The notice about the call follows the state change.
      if (type !== 'state') this.#look()
    })
  }

  /** The call that is asked about; `null` while the prompt is hidden, because a person can only answer what they see. */
  get asked(): PendingCall | null {
    return this.#options.prompt.isShown ? this.#first() : null
  }

  /** Handles a line. Returns whether it was an answer. */
  async take(line: string): Promise<boolean> {
    const call = this.#first()
    const decision = call && readAnswer(line, call)
    if (!decision) return false
    await this.#decide(decision)
    return true
  }

  /** Shows the question, again after other output. */
  show(): void {
    const call = this.#first()
    if (!call || this.#isDeciding) return
    const { prompt, screen } = this.#options
    const question = call.needs === 'approval' ? `allow ${nameCall(call)}? y/n> ` : `answer ${call.name}> `
    screen.endRun()
    prompt.show(screen.paint('yellow', inOneRow(question)))
  }

  #first(): PendingCall | null {
    return this.#options.chat.conversation.pendingCalls[0] ?? null
  }

  #look(): void {
    if (!this.#options.prompt.isShown) this.show()
  }

  async #decide(decision: CallDecision): Promise<void> {
    this.#isDeciding = true
    try {
      await decideCall(this.#options.chat.conversation, decision)
    } catch (error) {
      if (!TurnstateError.is(error)) throw error
      this.#options.problem(error)
    } finally {
      this.#isDeciding = false
    }
  }
}

/** Reads y, n, or n with a reason; for a call that needs an answer, any text. */
function readAnswer(line: string, { callId, needs }: PendingCall): CallDecision | null {
  const said = line.trim()
  if (said === '' || said.startsWith('/')) return null
  if (needs === 'answer') return { kind: 'answer', callId, result: said }
  const [word = ''] = said.split(/\s/, 1)
  const reason = said.slice(word.length).trim()
  if (/^(y|yes)$/i.test(word)) return reason === '' ? { kind: 'approve', callId } : null
  return /^(n|no)[,:]?$/i.test(word) ? denying(callId, reason) : null
}
