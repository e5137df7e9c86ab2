// What a conversation exposes to observers and inspectors.
import type { Actor } from 'xstate'
import { type conversationMachine, unsavedFacts } from '../../machines/index.ts'
import { TurnstateError } from '../errors.ts'
import type { StoredFact } from '../journal/index.ts'
import { attach, type InspectorOrListener, inspectorsOf } from '../observe/inspector.ts'
import { type ConversationInternals, Observers, registerInternals } from '../observe/internals.ts'
import type { Requested } from '../source/message-source.ts'
import type { Conversation } from './conversation-interface.ts'
import type { Prompt } from './prompt.ts'

/** The parts of a conversation that observers see. */
export interface ObservedParts {
  readonly id: string
  readonly actor: Actor<typeof conversationMachine>
  /** What the journal has stored. @throws TurnstateError `not-available` where not all of it was read */
  readonly stored: () => readonly StoredFact[]
  readonly prompt: Prompt
  readonly maxTokens: number
  readonly now: () => number
  readonly report: (error: TurnstateError) => void
}

/** Makes a conversation observable. */
export class Observation {
  readonly #observers = new Observers()
  readonly #internals: ConversationInternals
  readonly #parts: ObservedParts
  #conversation: Conversation | null = null

  constructor(parts: ObservedParts) {
    const { actor, now, stored, prompt, maxTokens } = parts
    this.#parts = parts
    this.#internals = {
      actor,
      now,
      facts: () => {
        const unsaved = unsavedFacts(actor.getSnapshot().context.pending)
        const facts = stored()
        return [...facts.slice(0, unsaved[0]?.seq ?? facts.length), ...unsaved]
      },
      prompt: () => ({ target: prompt.target, maxTokens, fields: prompt.fields, tools: prompt.tools.names }),
      conversation: () => {
        if (this.#conversation) return this.#conversation
        throw new TurnstateError('conversation-busy', 'The conversation is still being created. Try again afterwards.')
      },
      observe: (callbacks) => this.#observers.add(callbacks),
    }
  }

  /** Attaches inspectors: before the actor starts, so that they see all of it. */
  attach(inspect: InspectorOrListener | readonly InspectorOrListener[] | undefined): void {
    const { id, report } = this.#parts
    const observed = Object.freeze({ id })
    registerInternals(observed, this.#internals)
    for (const inspector of inspectorsOf(inspect)) attach(inspector, observed, this.#internals, report)
  }

  /** Lets observers find the internals by the conversation that the app holds. Returns the conversation. */
  of(conversation: Conversation): Conversation {
    this.#conversation = conversation
    registerInternals(conversation, this.#internals)
    return conversation
  }

  requested(requested: Requested): void {
    this.#observers.requested(requested)
  }

  promptChanged(): void {
    this.#observers.promptChanged()
  }
}
