import type { EventObject } from 'xstate'
import { type DecideEvent, type DecideInput, type OfConversation, typedCallback } from '../../machines/index.ts'
import type { Decision } from '../journal/index.ts'
import { ladderFor, type OnRefusal, type RefusalRung, type Rephrase } from './policy.ts'
import { readResetPolicy } from './policy.ts'

/** The options of `decide()`, which makes an actor for the slot of that name. */
export interface DecideOptions {
  /** Like the option of `createConversation()`. */
  readonly onRefusal: OnRefusal
  /** Called when `rephrase` throws or returns something that cannot be sent; the turn is then dropped. */
  readonly onError: (error: unknown) => void
}

/** The `decide` slot, filled with the app's policy. It decides after the tick in which it starts. */
export const decide = (options: DecideOptions) => decideFor(() => options)

/** The same for every conversation, each with its own options. */
export const decideFor = (optionsOf: OfConversation<DecideOptions>) =>
  typedCallback<EventObject, DecideInput, DecideEvent>(({ input, sendBack, system }) => {
    const options = optionsOf(system)
    let isOver = false
    const answer = async () => {
      if (isOver) return
      // The refusal needs a decision even if the policy or the reporter throws.
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
  // Other words are tried once: a function that always returns some would cost tokens without end. A continuation has no other words.
  return input.wordings > 1 || input.kind === 'continuation'
    ? 'drop-turn'
    : rephrased(rung.rephrase, input).catch((error: unknown) => {
        onError(error)
        return 'drop-turn' as const
      })
}

/** The rung for this refusal in a row. It skips models that already refused the same input. */
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
