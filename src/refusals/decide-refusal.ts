import type { EventObject } from 'xstate'
import { type DecideEvent, type DecideInput, typedCallback } from '../../machines/index.ts'
import type { Decision } from '../journal/index.ts'
import { ladderFor, type OnRefusal, type RefusalRung, type Rephrase } from './policy.ts'
import { readResetPolicy } from './policy.ts'

/** The options of `decide()`, which makes an actor for the slot of that name. */
export interface DecideOptions {
  /** As the option of `createConversation()`. */
  readonly onRefusal: OnRefusal
  /** Told of a `rephrase` that threw or gave something that can't be sent; the turn is dropped then. */
  readonly onError: (error: unknown) => void
}

/** The `decide` slot, filled with the app's policy. It decides after the tick in which it starts. */
export const decide = (options: DecideOptions) =>
  typedCallback<EventObject, DecideInput, DecideEvent>(({ input, sendBack }) => {
    let isOver = false
    const answer = async () => {
      if (isOver) return
      // A policy or a reporter that fails must not leave the refusal without an answer.
      const decision = await choose(input, options).catch(() => 'drop-turn' as const)
      if (!isOver)
        sendBack(decision === 'manual' ? { type: 'refusal.ask' } : { type: 'refusal.resolve', policy: decision })
    }
    queueMicrotask(() => void answer())
    return () => {
      isOver = true
    }
  })

async function choose(input: DecideInput, { onRefusal, onError }: DecideOptions): Promise<Decision> {
  const rung = nextRung(ladderFor(onRefusal, input.refusal.category), input)
  if (typeof rung === 'string' || !('rephrase' in rung)) return rung
  // Other words are tried once: a function that keeps answering would keep paying. "Go on" has no other words.
  return input.wordings > 1 || input.kind === 'continuation'
    ? 'drop-turn'
    : rephrased(rung.rephrase, input).catch((error: unknown) => {
        onError(error)
        return 'drop-turn' as const
      })
}

/** The rung for this refusal in a row. Models that refused the same input already are passed over. */
function nextRung(rungs: readonly RefusalRung[], { refusalsInARow, refusedBy }: DecideInput): RefusalRung {
  const at = Math.min(Math.max(refusalsInARow, 1), rungs.length) - 1
  const isSpent = (rung: RefusalRung) =>
    typeof rung === 'object' && 'fallback' in rung && refusedBy.includes(rung.fallback)
  return rungs.slice(at).find((rung) => !isSpent(rung)) ?? 'drop-turn'
}

async function rephrased(rephrase: Rephrase, { turnId, input, refusal }: DecideInput): Promise<Decision> {
  const words = await rephrase({ turnId, input, refusal })
  if (words === null) return 'drop-turn'
  return readResetPolicy({ rephrase: words })
}
