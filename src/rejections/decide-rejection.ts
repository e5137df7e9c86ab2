import type { EventObject } from 'xstate'
import {
  type DecideRejectionEvent,
  type DecideRejectionInput,
  type OfConversation,
  typedCallback,
} from '../../machines/index.ts'
import { type OnRejection, readRejectionPolicy, type RejectionDecision } from './policy.ts'

/** The options of `decideRejection()`, which makes an actor for the slot of that name. */
export interface DecideRejectionOptions {
  /** Like the option of `createConversation()`. */
  readonly onRejection: OnRejection
  /** Called when the function throws or returns no policy; `repair` is then used. */
  readonly onError: (error: unknown) => void
}

/** The `decideRejection` slot, filled with the app's policy. It decides after the tick in which it starts. */
export const decideRejection = (options: DecideRejectionOptions) => decideRejectionFor(() => options)

/** The same for every conversation, each with its own options. */
export const decideRejectionFor = (optionsOf: OfConversation<DecideRejectionOptions>) =>
  typedCallback<EventObject, DecideRejectionInput, DecideRejectionEvent>(({ input, sendBack, system }) => {
    const { onRejection, onError } = optionsOf(system)
    let isOver = false
    const choose = async (): Promise<RejectionDecision> => {
      const decision: unknown = typeof onRejection === 'function' ? await onRejection(input) : onRejection
      return decision === 'manual' ? decision : readRejectionPolicy(decision)
    }
    const answer = async () => {
      if (isOver) return
      const decision = await choose().catch((error: unknown) => {
        // The turn needs a decision even if the reporter throws.
        try {
          onError(error)
        } catch {}
        return 'repair' as const
      })
      if (isOver) return
      sendBack(decision === 'manual' ? { type: 'rejection.ask' } : { type: 'rejection.resolve', policy: decision })
    }
    queueMicrotask(() => void answer())
    return () => {
      isOver = true
    }
  })
