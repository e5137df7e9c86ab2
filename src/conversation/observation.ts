// What a conversation exposes to observers and inspectors.
import type { Actor } from 'xstate'
import { type conversationMachine, unsavedFacts } from '../../machines/index.ts'
import { TurnstateError } from '../errors.ts'
import { attach, type InspectorOrListener, inspectorsOf } from '../observe/inspector.ts'
import { type ConversationInternals, type HasInternals, Observers, registerInternals } from '../observe/internals.ts'
import type { Requested } from '../source/message-source.ts'
import type { Conversation } from './conversation-interface.ts'
import type { Environment } from './environment.ts'
import type { ConversationOptions } from './options.ts'
import type { Prompt } from './prompt.ts'
import type { Journal } from './stored-journal.ts'

/** What observers see of a conversation. */
export interface ObservedParts {
  readonly id: string
  readonly actor: Actor<typeof conversationMachine>
  readonly journal: Journal
  readonly prompt: Prompt
  readonly options: Pick<ConversationOptions, 'maxTokens'>
  readonly environment: Environment
}

/** Makes a conversation observable. Costs next to nothing until somebody observes it. */
export class Observation implements HasInternals {
  #observers: Observers | null = null
  #internals: ConversationInternals | null = null
  readonly #parts: ObservedParts
  #conversation: Conversation | null = null

  constructor(parts: ObservedParts) {
    this.#parts = parts
  }

  get internals(): ConversationInternals {
    return (this.#internals ??= this.#made())
  }

  /** Attaches inspectors: before the actor starts, so that they see all of it. */
  attach(inspect: InspectorOrListener | readonly InspectorOrListener[] | undefined): void {
    const inspectors = inspectorsOf(inspect)
    if (inspectors.length === 0) return
    const { id, environment } = this.#parts
    const observed = Object.freeze({ id })
    registerInternals(observed, this)
    for (const inspector of inspectors) attach(inspector, observed, this.internals, environment.reporter.report)
  }

  /** Lets observers find the internals by the conversation that the app holds. Returns the conversation. */
  of(conversation: Conversation): Conversation {
    this.#conversation = conversation
    registerInternals(conversation, this)
    return conversation
  }

  requested(requested: Requested): void {
    this.#observers?.requested(requested)
  }

  promptChanged(): void {
    this.#observers?.promptChanged()
  }

  #made(): ConversationInternals {
    const { actor, journal, prompt, options, environment } = this.#parts
    return {
      actor,
      now: environment.now,
      facts: () => {
        const unsaved = unsavedFacts(actor.getSnapshot().context.pending)
        const facts = journal.facts()
        return [...facts.slice(0, unsaved[0]?.seq ?? facts.length), ...unsaved]
      },
      prompt: () => ({
        target: prompt.target,
        maxTokens: options.maxTokens,
        fields: prompt.fields,
        tools: prompt.tools.names,
      }),
      conversation: () => {
        if (this.#conversation) return this.#conversation
        throw new TurnstateError('conversation-busy', 'The conversation is still being created. Try again afterwards.')
      },
      observe: (callbacks) => (this.#observers ??= new Observers()).add(callbacks),
    }
  }
}
