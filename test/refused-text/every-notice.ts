// An observer acts at every notice in every possible way, in each scene of a group: in CI; otherwise in a third of the
// ways for each scene, in rotation.
import { expect, it } from 'vitest'
import type { Act } from './acting.ts'
import { type ActName, actNames } from './acts.ts'
import { someOf } from '../runs.ts'
import { createCounts } from './counts.ts'
import { allAtOnce, type Delivery, eventByEvent } from './deliveries.ts'
import { play } from './play.ts'
import type { Scene } from './scenes.ts'

/**
 * A stop is tried in both deliveries; what cuts as it does, where all is there at once; the rest in one or the other by
 * turns, and some of it in every second scene.
 */
function deliveriesFor(does: ActName, index: number): readonly Delivery[] {
  switch (does) {
    case 'stop':
      return [eventByEvent, allAtOnce]
    case 'send':
    case 'close':
      return [allAtOnce]
    // An abort is a stop with a reason.
    case 'abort':
      return index % 2 === 0 ? [allAtOnce] : []
    // One run throws at each notice, and random programs combine several acts.
    case 'throw':
    case 'stop and send':
      return []
    case 'fork':
      return index % 2 === 0 ? byTurns(index >> 1) : []
    case 'setModel':
      return index % 2 === 1 ? byTurns(index >> 1) : []
    case 'retry':
    case 'regenerate':
    case 'clear':
      return byTurns(index)
  }
}

const byTurns = (index: number): readonly Delivery[] => [index % 2 === 0 ? eventByEvent : allAtOnce]

/** What it says fails all the same, so one run with a throw at each notice says it of all. */
const throwing = Array.from({ length: 60 }, (_, index): Act => ({ does: 'throw', who: 'listener', at: index + 1 }))

export function actOnEveryNotice(group: Readonly<Record<string, Scene>>): void {
  const counts = createCounts('streams', 'runs, each with an act at another notice')
  const unretracted: string[] = []
  const names = Object.keys(group)

  it.each(Object.entries(group))(
    '%s: refused text is never sent again, whatever an observer does at any notice',
    async (name, scene) => {
      const problems: string[] = []
      const run = async (delivery: Delivery, acting: readonly Act[], where: string, isForked: boolean) => {
        const played = await play(scene, { delivery, acting, isForked })
        problems.push(...played.problems.map((problem) => `${where}: ${problem}`))
        unretracted.push(...played.unretracted.map((problem) => `${name}, ${where}: ${problem}`))
        counts.add('runs, each with an act at another notice')
        return played.acted
      }
      const index = names.indexOf(name)
      // Before their request, all messages are alike.
      const first = index === 0 ? 1 : 3
      for (const does of someOf(actNames, { offset: index })) {
        for (const delivery of deliveriesFor(does, index)) {
          for (let at: number | undefined = first; at !== undefined;) {
            const where = `${delivery.name}, ${does} from notice ${at} on`
            const [done]: readonly number[] = await run(delivery, [{ does, at, who: 'listener' }], where, at % 8 === 0)
            at = done === undefined ? undefined : done + 1
          }
        }
      }
      await run(eventByEvent, throwing, 'a throw at every notice', true)
      counts.add('streams')
      expect(problems).toEqual([])
    },
    60_000,
  )

  it('every shown refused reply was retracted once in each of these runs', () => {
    expect(unretracted).toEqual([])
  })
}
