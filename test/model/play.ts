// Plays a program, and holds it against the invariants after every step and when it has come to rest.
import { expect } from 'vitest'
import { plainly } from './behaviours.ts'
import { checkWorld } from './invariants.ts'
import type { Step } from './operations.ts'
import type { GivenOptions } from './options.ts'
import { perform } from './perform.ts'
import { checkEnding, helpPeople, pendingWaits } from './rest.ts'
import { answer, begin, createScriptedWorld, isLive, type ScriptedWorld } from './scripted-api.ts'

export interface Program {
  readonly options: GivenOptions
  readonly steps: readonly Step[]
}

function play(world: ScriptedWorld, step: Step): unknown {
  const live = world.exchanges.filter(isLive)
  switch (step.do) {
    case 'reply': {
      const exchange = live[(step.to ?? 0) % Math.max(1, live.length)]
      return exchange && answer(world, exchange, step.how, step.together)
    }
    case 'begin': {
      const exchange = live.findLast(({ rest }) => rest === null)
      return exchange && begin(world, exchange, step.how, step.events)
    }
    case 'wait':
      return world.clock.increment(step.ms)
    default:
      return perform(world, step)
  }
}

/** Does one thing that brings the conversations to rest; `false` when they rest. */
function help(world: ScriptedWorld): boolean {
  const live = world.exchanges.find(isLive)
  if (!live) return helpPeople(world)
  answer(world, live, plainly)
  return true
}

async function bringToRest(world: ScriptedWorld): Promise<void> {
  let times = 0
  do {
    expect(++times).toBeLessThan(300)
    await world.settle()
  } while (help(world))
}

function checkRest(world: ScriptedWorld): void {
  expect(world.exchanges.filter(isLive)).toEqual([])
  expect(pendingWaits(world)).toEqual([])
}

export async function playProgram(
  { options, steps }: Program,
  before: (world: ScriptedWorld, step: number) => void = () => {},
): Promise<ScriptedWorld> {
  const world = createScriptedWorld(options)
  for (const [index, step] of steps.entries()) {
    before(world, index)
    play(world, step)
    if (step.hurried) continue
    await world.settle()
    checkWorld(world)
  }
  await bringToRest(world)
  checkWorld(world)
  checkRest(world)
  await checkEnding(world, () => bringToRest(world))
  return world
}
