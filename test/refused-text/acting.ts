// Who does what when: somebody is told things one by one, and acts at one of them.
import { TurnstateError } from '../../src/index.ts'
import { type ActName, perform, type Stage } from './acts.ts'

/** Who acts: a listener to everything, somebody who iterates the turn, or a subscriber. */
export const actors = ['listener', 'iterator', 'subscriber'] as const
export type Actor = (typeof actors)[number]

export interface Act {
  readonly does: ActName
  readonly who: Actor
  /** At the n-th thing that the actor is told, 1 being the first; where it can't be done then, as soon as it can. */
  readonly at: number
}

/** For how many things somebody who can't act goes on trying: a message that is not taken is told to subscribers too. */
const stubbornness = 60

/** What to tell each actor by, and at which of the things that they were told something was done. */
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
        // Acts lead to other things that are told before they are done: nobody does the same twice.
        for (const each of Array.from(waiting)) {
          const isTime = told >= each.at && told <= each.at + stubbornness
          if (!isTime || !waiting.delete(each)) continue
          if (act(each.does)) done.push(told)
          else waiting.add(each)
        }
      }
    },
    /** Nobody acts any more. */
    end: () => {
      isOver = true
    },
  }
}
