import type { ConversationOptions } from '../../conversation/options.ts'
import type { SimulatorOptions } from '../../testing/index.ts'

/** A scene of the tour, as data. */
export interface Scene {
  readonly title: string
  /** Continues "Look at": one sentence. */
  readonly look: string
  /** Options of the simulator. After its script it makes up replies. */
  readonly simulator: Omit<SimulatorOptions, 'port' | 'onExhausted'>
  readonly options?: Partial<Omit<ConversationOptions, 'source' | 'logger'>>
  readonly steps: readonly Step[]
  /** Decisions about tool calls, in order, if no person can be asked. */
  readonly answers?: readonly Answer[]
}

export interface Step {
  readonly say: string
  /** Stop the reply at this delta, from 1. */
  readonly stopAt?: number
}

type Answer = 'allow' | { readonly deny: string }
