// Caches the replay of settled turns, which are frozen and shared between views. The cache holds no turn that is not used
// elsewhere.
import { deepFreeze, type Message } from '../content.ts'
import type { Turn } from '../view.ts'
import { limitBreakpoints } from './cache-breakpoints.ts'
import { type Making, replayTurn, type TurnReplay, whole } from './replay-turn.ts'
import { type AskedFor, askedFor, type Thought, thoughtsOf } from './thinking.ts'

/** What one turn contributes to requests. */
export class Replays {
  readonly turn: Turn
  readonly thoughts: readonly Thought[]
  /** The model and the prompt that its first reply was asked with. */
  readonly asked: AskedFor | null
  /** The container of its last reply that has one; `null` if none has. */
  readonly container: string | null
  #whole: TurnReplay | null = null
  // Few turns need these, and a conversation may have many turns.
  #made: Map<string, TurnReplay> | null = null
  #unmarked: WeakMap<readonly Message[], readonly Message[]> | null = null

  constructor(turn: Turn) {
    this.turn = turn
    this.thoughts = thoughtsOf(turn)
    this.asked = askedFor(turn)
    this.container = containerIn(turn)
  }

  /** The replay with nothing set aside: the usual case. */
  get whole(): TurnReplay {
    return (this.#whole ??= replayTurn(this.turn, whole))
  }

  /** The replay with these parts left out. */
  of(making: Making): TurnReplay {
    const key = keyOf(making)
    const known = this.#made?.get(key)
    if (known) return known
    const made = replayTurn(this.turn, making)
    this.#made ??= new Map()
    this.#made.set(key, made)
    return made
  }

  /** The messages of a replay without their cache breakpoints. */
  unmarked(messages: readonly Message[]): readonly Message[] {
    const known = this.#unmarked?.get(messages)
    if (known) return known
    const made = deepFreeze(limitBreakpoints(messages, 0))
    this.#unmarked ??= new WeakMap()
    this.#unmarked.set(messages, made)
    return made
  }
}

const keyOf = ({ thinkingFrom, looseCalls, systemMessages, setAside }: Making): string =>
  [thinkingFrom, looseCalls, systemMessages, ...setAside].join('\n')

const containerIn = ({ steps }: Turn): string | null =>
  steps.flatMap((step) => (step.role === 'assistant' && step.container !== undefined ? [step.container] : [])).at(-1) ??
  null

const remembered = new WeakMap<Turn, Replays>()

export function rememberedTurns(turn: Turn): Replays {
  if (!Object.isFrozen(turn)) return new Replays(turn)
  let replays = remembered.get(turn)
  if (!replays) remembered.set(turn, (replays = new Replays(turn)))
  return replays
}
