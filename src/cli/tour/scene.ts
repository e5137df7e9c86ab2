import type { ConversationOptions } from '../../conversation/options.ts'
import type { SimulatorOptions } from '../../testing/index.ts'

/** A scene of the tour, as data. What it shows is what happens when it is played. */
export interface Scene {
  readonly title: string
  /** One sentence: what to look at. */
  readonly look: string
  /** What the simulator answers, and under which conditions. After its script it answers by itself. */
  readonly simulator: Omit<SimulatorOptions, 'port' | 'onExhausted'>
  readonly options?: Partial<Omit<ConversationOptions, 'source' | 'logger'>>
  readonly steps: readonly Step[]
  /** What the scene says about tool calls that wait, in order, where no person is asked. */
  readonly answers?: readonly Answer[]
}

export interface Step {
  readonly say: string
  /** It is stopped at this delta of its reply, counted from 1. */
  readonly stopAt?: number
}

type Answer = 'allow' | { readonly deny: string }
