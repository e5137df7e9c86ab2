// An observer receives notices one by one and acts at one of them.
import { TurnstateError } from '../../src/index.ts'
import { type ActName, perform, type Stage } from './acts.ts'

/** The observer that acts: a listener to every event, an iterator over the turn, or a subscriber. */
export const actors = ['listener', 'iterator', 'subscriber'] as const
export type Actor = (typeof actors)[number]

export interface Act {
  readonly does: ActName
  readonly who: Actor
  /** The notice at which it acts (1 is the first), or the first later one at which the act is possible. */
  readonly at: number
}

/** The number of notices for which an impossible act is tried again: a rejected message notifies subscribers, too. */
const stubbornness = 60

/** A callback for each observer, and the notices at which acts were done. */
export function createActing(acting: readonly Act[], stage: Stage, onDone: (does: ActName) => void) {
  const done: number[] = []
  let isOver = false

  const act = (does: ActName): boolean => {
    try {
      perform(does, stage)
    } catch (error) {
      if (TurnstateError.is(error)) return false
      throw error
    }
    onDone(does)
    return true
  }

  return {
    done,
    hasA: (actor: Actor): boolean => acting.some(({ who }) => who === actor),
    tell: (actor: Actor): (() => void) => {
      const waiting = new Set(acting.filter(({ who }) => who === actor))
      let told = 0
      return () => {
        if (isOver) return
        told++
        // An act causes further notices before it returns, so each act is done once.
        for (const each of Array.from(waiting)) {
          const isTime = told >= each.at && told <= each.at + stubbornness
          if (!isTime || !waiting.delete(each)) continue
          if (act(each.does)) done.push(told)
          else waiting.add(each)
        }
      }
    },
    /** Ends all acts. */
    end: () => {
      isOver = true
    },
  }
}
