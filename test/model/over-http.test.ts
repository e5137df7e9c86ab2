import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type HttpWorld, overHttp, type OverHttp, startHttp } from './http-api.ts'
import { checkWorld } from './invariants.ts'
import { type Step, steps } from './operations.ts'
import { givenOptions, type GivenOptions } from './options.ts'
import { perform } from './perform.ts'
import { factor } from '../runs.ts'
import { assertProperty } from './properties.ts'
import { checkEnding, helpPeople, pendingWaits } from './rest.ts'
import type { Talk } from './talk.ts'

let http: Awaited<ReturnType<typeof startHttp>>

beforeAll(async () => {
  http = await startHttp()
})
afterAll(() => http.simulator.close())

interface HttpProgram {
  readonly options: GivenOptions
  readonly answers: readonly OverHttp[]
  readonly steps: readonly Step[]
}

const program: fc.Arbitrary<HttpProgram> = fc.record({
  options: givenOptions,
  answers: fc.array(overHttp, { maxLength: 8, size: 'max' }),
  steps: steps(10),
})

/** What only the network or a wait can continue. */
const isUnderWay = ({ chat }: Talk): boolean => {
  const { value } = chat.actor.getSnapshot()
  return ['streaming', 'waitingToRetry', 'closing'].some((state) => state in named(value))
}

/** It continues by itself. */
const isMoving = (world: HttpWorld): boolean => world.talks.some((talk) => isUnderWay(talk) && !world.isStalled(talk))

const named = (value: unknown): object => (typeof value === 'string' ? { [value]: true } : (value as object))

/** Until nothing more happens: everything is ready, waits for people, or has stalled. */
async function quiet(world: HttpWorld): Promise<void> {
  await world.settle()
  for (let turns = 0; isMoving(world); turns++) {
    expect(turns).toBeLessThan(100_000)
    if (world.talks.some(({ chat }) => chat.actor.getSnapshot().matches('waitingToRetry')))
      world.clock.increment(10_000)
    await world.settle()
  }
  await world.settle()
  world.judge()
}

async function bringToRest(world: HttpWorld): Promise<void> {
  let turns = 0
  do {
    expect(++turns).toBeLessThan(1_000)
    await quiet(world)
    if (world.talks.some(isUnderWay)) world.clock.increment(61_000)
    await world.settle()
  } while (world.talks.some(isUnderWay) || helpPeople(world))
}

async function playOverHttp({ options, answers, steps: given }: HttpProgram): Promise<void> {
  const world = http.createWorld(options)
  world.coming.push(...answers)
  for (const step of given) {
    if (step.do === 'reply' || step.do === 'begin') continue
    if (step.do === 'wait') world.clock.increment(step.ms)
    else perform(world, step)
    if (step.hurried) continue
    await quiet(world)
    if (!world.talks.some(world.isStalled)) checkWorld(world)
  }
  await bringToRest(world)
  checkWorld(world)
  // A connection ends a little later than its reply.
  for (let turns = 0; pendingWaits(world).length > 0 && turns < 1_000; turns++) await world.settle()
  expect(pendingWaits(world)).toEqual([])
  world.coming.length = 0
  await checkEnding(world, () => bringToRest(world))
}

it(
  'any program keeps every invariant over HTTP, whatever goes wrong on the way',
  async () => {
    await assertProperty(fc.asyncProperty(program, playOverHttp), 14)
  },
  120_000 * Math.max(1, factor),
)
