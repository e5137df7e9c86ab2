import type { EventObject } from 'xstate'
import { type DecideRejectionEvent, type DecideRejectionInput, typedCallback } from '../../machines/index.ts'
import { type OnRejection, readRejectionPolicy, type RejectionDecision } from './policy.ts'

/** The options of `decideRejection()`, which makes an actor for the slot of that name. */
export interface DecideRejectionOptions {
  /** As the option of `createConversation()`. */
  readonly onRejection: OnRejection
  /** Told of a function that threw or gave no policy; what is to blame is left out then, as by default. */
  readonly onError: (error: unknown) => void
}

/** The `decideRejection` slot, filled with the app's policy. It decides after the tick in which it starts. */
export const decideRejection = ({ onRejection, onError }: DecideRejectionOptions) =>
  typedCallback<EventObject, DecideRejectionInput, DecideRejectionEvent>(({ input, sendBack }) => {
    let isOver = false
    const choose = async (): Promise<RejectionDecision> => {
      const decision: unknown = typeof onRejection === 'function' ? await onRejection(input) : onRejection
      return decision === 'manual' ? decision : readRejectionPolicy(decision)
    }
    const answer = async () => {
      if (isOver) return
      const decision = await choose().catch((error: unknown) => {
        // A reporter that fails must not leave the turn without an answer.
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
