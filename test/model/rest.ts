// How a program ends: everything comes to its rest, each conversation goes on, and closes.
import { expect } from 'vitest'
import { checkWorld } from './invariants.ts'
import { checkLateWatchers } from './invariants-of-telling.ts'
import { perform } from './perform.ts'
import { viewOf } from './talk.ts'
import type { World } from './world.ts'

/** Does one thing that waits for people; `false` when nothing does. */
export function helpPeople(world: World): boolean {
  if (world.held.let()) return true
  const talk = world.talks.find(({ chat }) => {
    const { status } = chat
    return status !== 'closed' && ((status !== 'ready' && status !== 'error') || chat.queue.length > 0)
  })
  if (!talk) return false
  const { chat } = talk
  const [call] = chat.pendingCalls
  world.visit(talk)
  if (call) perform(world, { do: call.needs === 'approval' ? 'approve' : 'answer', which: 0 })
  else if (chat.actor.getSnapshot().hasTag('awaitingDecision')) chat.resolveRefusal('drop-turn')
  else if (chat.actor.getSnapshot().hasTag('ready')) chat.releaseQueue()
  else world.clock.increment(31_000)
  return true
}

/** Waits that are pending; credit tokens of refusals are kept for their five minutes. */
export const pendingWaits = ({ clock }: World): readonly number[] => clock.pending.filter((ms) => ms !== 300_000)

/** Whatever happened, the next message is answered, and no timer or listener is left. */
export async function checkEnding(world: World, bringToRest: () => Promise<void>): Promise<void> {
  world.disarm()
  for (const talk of world.talks) {
    if (talk.chat.status === 'closed') continue
    world.visit(talk)
    talk.chat.setBudget({})
    const turn = talk.chat.sendMessage(`${world.nextWord()} at last`)
    world.follow(turn)
    await bringToRest()
    checkWorld(world)
    expect((await turn).status).toBe('completed')
    expect(viewOf(talk).head).not.toBeNull()
  }
  await Promise.all(world.talks.map(({ chat }) => chat.close()))
  await world.settle()
  checkWorld(world)
  expect(world.clock.pending).toEqual([])
  for (const talk of world.talks) await checkLateWatchers(talk)
}
