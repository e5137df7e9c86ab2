// Random scenes, deliveries, acts and options: several acts by several observers in one run, with chunks of any size.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { assertProperty } from '../model/properties.ts'
import { factor } from '../runs.ts'
import { actors } from './acting.ts'
import { actNames } from './acts.ts'
import { createCounts } from './counts.ts'
import { cutAt, cutEndings, type Delivery, failingAt, inAHurry, splitAt } from './deliveries.ts'
import { play } from './play.ts'
import { scenes } from './scenes.ts'

const counts = createCounts('programs', 'acts in them')

const byte = fc.integer({ min: 0, max: 2_400 })

/** Chunks that end at any byte, optionally with a cut stream or an API error in between. */
const delivery: fc.Arbitrary<Delivery> = fc
  .record({
    ends: fc.array(byte, { maxLength: 6 }),
    cut: fc.option(fc.record({ at: byte, ending: fc.constantFrom(...cutEndings) })),
    overloadedAt: fc.option(fc.integer({ min: 0, max: 12 }), { freq: 8 }),
    isHurried: fc.boolean(),
  })
  .map(({ ends, cut, overloadedAt, isHurried }) => {
    const split = splitAt(...ends)
    const failing = overloadedAt === null ? split : failingAt(overloadedAt, 'overloaded', split)
    const whole = cut ? cutAt(cut.at, cut.ending, failing) : failing
    return isHurried ? inAHurry(whole) : whole
  })

const act = fc.record({
  does: fc.constantFrom(...actNames),
  who: fc.constantFrom(...actors),
  at: fc.integer({ min: 1, max: 20 }),
})

const program = fc.record({
  scene: fc.constantFrom(...Object.keys(scenes)),
  delivery,
  acting: fc.array(act, { maxLength: 3 }),
  isForked: fc.boolean(),
  options: fc.record({
    whenBusy: fc.constantFrom('interrupt' as const, 'queue' as const, 'reject' as const),
    onStop: fc.constantFrom('keep' as const, 'keep' as const, 'drop' as const),
    retry: fc.constantFrom({ maxAttempts: 1 }, { maxAttempts: 2 }, { maxAttempts: 1, models: ['m7'] }),
  }),
})

it(
  'refused text is never sent again, in any delivery and with any acts of observers',
  async () => {
    await assertProperty(
      fc.asyncProperty(program, async ({ scene, ...playing }) => {
        const given = scenes[scene]
        if (!given) return
        // Without pauses, a provided chunk may be unread: only consumed events count.
        const arriving = playing.delivery.isPaced ? 'handed' : 'taken'
        const { problems, acted } = await play(given, { ...playing, arriving })
        counts.add('programs')
        counts.add('acts in them', acted.length)
        expect(problems).toEqual([])
      }),
      100,
    )
  },
  120_000 * Math.max(1, factor),
)
