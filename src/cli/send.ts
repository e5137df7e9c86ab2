import type { Conversation } from '../conversation/conversation-interface.ts'
import type { TurnOutcome } from '../conversation/turns/events.ts'
import type { MessageInput } from '../input/input.ts'
import type { Turn } from '../conversation/turns/turn.ts'
import { TurnstateError } from '../errors.ts'
import type { ChatOutput } from './chat-output.ts'

export interface Chat {
  readonly conversation: Conversation
  readonly output: ChatOutput
  readonly attachments: Attachments
  /**
   * Answers waiting tool calls; called each time that there are some. Without it another listener must answer them.
   */
  readonly onCalls?: () => void | Promise<void>
}

/** Files that are sent with the first message. */
export class Attachments {
  #paths: readonly string[]

  constructor(paths: readonly string[] = []) {
    this.#paths = paths
  }

  /** The message, with the files if they were not sent yet. */
  attach(text: string): MessageInput {
    const files = this.#paths.map((path) => ({ path }))
    this.#paths = []
    return files.length === 0 ? text : { text, files }
  }
}

/** Sends a message and waits for its outcome, which the output shows. */
export const sendAndShow = (chat: Chat, text: string): Promise<TurnOutcome['status']> =>
  show(chat, () => chat.conversation.sendMessage(chat.attachments.attach(text)))

/** Begins a turn and waits for its outcome, which the output shows; `failed` too when it could not begin. */
export async function show({ conversation, output, onCalls }: Chat, begin: () => Turn): Promise<TurnOutcome['status']> {
  try {
    const turn = begin()
    if (onCalls) while ((await whatComes(conversation, turn)) === 'calls') await onCalls()
    return (await turn).status
  } catch (error) {
    if (!TurnstateError.is(error)) throw error
    output.problem(error)
    return 'failed'
  }
}

/** Waits for the outcome, or for a tool call that waits. */
function whatComes(conversation: Conversation, turn: Turn): Promise<'outcome' | 'calls'> {
  return new Promise((resolve) => {
    const look = () => {
      if (conversation.pendingCalls.length > 0) end('calls')
    }
    const unsubscribe = conversation.subscribe(look)
    const end = (what: 'outcome' | 'calls') => {
      unsubscribe()
      resolve(what)
    }
    void turn.outcome.then(() => end('outcome'))
    look()
  })
}
