import type { Conversation } from '../conversation/conversation-interface.ts'
import type { TurnOutcome } from '../conversation/turns/events.ts'
import type { Turn } from '../conversation/turns/turn.ts'
import { TurnstateError } from '../errors.ts'
import type { Block } from '../journal/index.ts'
import type { ChatOutput } from './chat-output.ts'
import type { Desk } from './desk.ts'

export interface Chat {
  /** The present one: in a terminal another one can take its place. */
  readonly conversation: Conversation
  readonly output: ChatOutput
  readonly attachments: Attachments
  /** Exchanges the conversation. Missing where that is not possible. */
  readonly desk?: Desk
  /**
   * Answers waiting tool calls; called each time that there are some. Without it another listener must answer them.
   */
  readonly onCalls?: () => void | Promise<void>
}

/** A file for the next message. */
export interface Attachment {
  /** How people know it: its path, and what it is. */
  readonly label: string
  /** Its content; or its path, if it is read when it is sent. */
  readonly file: Block | { readonly path: string }
}

/** Files that are sent with the next message. */
export class Attachments {
  #files: readonly Attachment[]

  constructor(paths: readonly string[] = []) {
    this.#files = paths.map((path) => ({ label: path, file: { path } }))
  }

  get labels(): readonly string[] {
    return this.#files.map(({ label }) => label)
  }

  add(attachment: Attachment): void {
    this.#files = [...this.#files, attachment]
  }

  clear(): void {
    this.#files = []
  }

  /**
   * Sends a message with the files.
   *
   * @throws TurnstateError as `sendMessage`; then the files stay for the next one
   */
  send(conversation: Conversation, text: string): Turn {
    const files = this.#files.map(({ file }) => file)
    const turn = conversation.sendMessage(files.length === 0 ? text : { text, files })
    this.#files = []
    return turn
  }
}

/** Sends a message and waits for its outcome, which the output shows. */
export const sendAndShow = (chat: Chat, text: string): Promise<TurnOutcome['status']> =>
  show(chat, () => chat.attachments.send(chat.conversation, text))

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
