// A conversation that this process has open, for as long as a workflow of it runs here.
import type { Conversation } from '../index.ts'
import { Effects, type Stepping } from './effects.ts'

/** What a home asks about its conversation. */
export interface HomeOptions {
  /** The conversation's own id. */
  readonly id: string
  /** The turn whose workflow it is. */
  readonly turn: string
  readonly workflow: string
  /** Whether the conversation is in memory. */
  readonly isOpen: () => boolean
}

export class Home {
  readonly id: string
  readonly turn: string
  readonly workflow: string
  readonly effects = new Effects()
  /** Resolves when the workflow has ended. */
  readonly over: Promise<void>
  readonly #isOpen: () => boolean
  readonly #opened: Promise<Conversation>
  #open: (chat: Conversation) => void = () => {}
  #requests = 0
  #rest: () => void = () => {}
  #heard: () => void = () => {}
  #ended: () => void = () => {}

  constructor({ id, turn, workflow, isOpen }: HomeOptions) {
    this.id = id
    this.turn = turn
    this.workflow = workflow
    this.#isOpen = isOpen
    this.#opened = new Promise((resolve) => {
      this.#open = resolve
    })
    this.over = new Promise((resolve) => {
      this.#ended = resolve
    })
  }

  /** The workflow ends: nothing of the conversation goes on here. */
  end(): void {
    this.effects.end()
    this.#ended()
  }

  /** The conversation is in memory: from now on, its effects have names. */
  opened(chat: Conversation): void {
    this.#open(chat)
  }

  /** The conversation has left the memory. */
  closed(): void {
    this.#look()
  }

  /** Does something during which the conversation is not at rest: answers a request, say. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#requests++
    this.#heard()
    try {
      return await work()
    } finally {
      this.#requests--
      this.#look()
    }
  }

  /** Whether nothing is being answered, and the conversation is not in memory. */
  get isAtRest(): boolean {
    return this.#requests === 0 && !this.#isOpen()
  }

  /** Resolves once nothing is being answered, and the conversation is not in memory. */
  async atRest(): Promise<void> {
    while (!this.isAtRest)
      await new Promise<void>((resolve) => {
        this.#rest = resolve
      })
  }

  /** Resolves with the next request. */
  asked(): Promise<void> {
    return new Promise((resolve) => {
      this.#heard = resolve
    })
  }

  readonly stepping: Stepping = {
    request: async () => {
      const { open, attempt, revision } = viewOf(await this.#opened)
      const turn = open
        ? `${open.id} reply ${open.steps.filter(({ role }) => role === 'assistant').length + 1}`
        : `after fact ${revision}`
      return this.effects.begin(`${turn} attempt ${attempt}`)
    },
    call: async (callId) => {
      const { open, revision } = viewOf(await this.#opened)
      return this.effects.begin(`${open?.id ?? `after fact ${revision}`} call ${callId}`)
    },
  }

  #look(): void {
    this.#rest()
  }
}

const viewOf = (chat: Conversation) => chat.actor.getSnapshot().context.view
