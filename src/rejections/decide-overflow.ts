import type { EventObject } from 'xstate'
import { type OfConversation, type OverflowEvent, type OverflowInput, typedCallback } from '../../machines/index.ts'
import { type OverflowPolicy, overflowPolicies } from '../journal/index.ts'

/** A policy, or a function that chooses one. */
export type OnOverflow = OverflowPolicy | ((overflow: OverflowInput) => OverflowPolicy | Promise<OverflowPolicy>)

export interface DecideOverflowOptions {
  readonly onOverflow: OnOverflow
  /** Called when the function throws or returns no policy; the turn then fails. */
  readonly onError: (error: unknown) => void
}

/** The `decideOverflow` slot, filled with the app's policy. It decides after the tick in which it starts. */
export const decideOverflow = (optionsOf: OfConversation<DecideOverflowOptions>) =>
  typedCallback<EventObject, OverflowInput, OverflowEvent>(({ input, sendBack, system }) => {
    const { onOverflow, onError } = optionsOf(system)
    let isOver = false
    const choose = async (): Promise<OverflowPolicy> => {
      const how: unknown = typeof onOverflow === 'function' ? await onOverflow(input) : onOverflow
      const policy = overflowPolicies.find((name) => name === how)
      if (policy !== undefined) return policy
      throw new TypeError(
        `onOverflow must return ${overflowPolicies.map((name) => `"${name}"`).join(' or ')}; got ${String(how)}.`,
      )
    }
    const answer = async () => {
      if (isOver) return
      const how = await choose().catch((error: unknown) => {
        // The turn needs a decision even if the reporter throws.
        try {
          onError(error)
        } catch {}
        return 'fail' as const
      })
      if (!isOver) sendBack({ type: 'overflow.resolve', how })
    }
    queueMicrotask(() => void answer())
    return () => {
      isOver = true
    }
  })
