import type { EventObject } from 'xstate'
import { type OverflowEvent, type OverflowInput, typedCallback } from '../../machines/index.ts'

/** What becomes of a turn that the context window has no room for. */
export type OverflowPolicy = 'fail' | 'compact'

/** A policy, or a function that chooses one. */
export type OnOverflow = OverflowPolicy | ((overflow: OverflowInput) => OverflowPolicy | Promise<OverflowPolicy>)

export interface DecideOverflowOptions {
  readonly onOverflow: OnOverflow
  /** Told of a function that threw or gave no policy; the turn fails then. */
  readonly onError: (error: unknown) => void
}

/** The `decideOverflow` slot, filled with the app's policy. It decides after the tick in which it starts. */
export const decideOverflow = ({ onOverflow, onError }: DecideOverflowOptions) =>
  typedCallback<EventObject, OverflowInput, OverflowEvent>(({ input, sendBack }) => {
    let isOver = false
    const choose = async (): Promise<OverflowPolicy> => {
      const how: unknown = typeof onOverflow === 'function' ? await onOverflow(input) : onOverflow
      if (how === 'fail' || how === 'compact') return how
      throw new TypeError(`onOverflow gave ${String(how)}, which is neither "fail" nor "compact".`)
    }
    const answer = async () => {
      if (isOver) return
      const how = await choose().catch((error: unknown) => {
        // A reporter that fails must not leave the turn without an answer.
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
