import { describe, expect, it } from 'vitest'
import { createActor } from 'xstate'
import { conversationMachine } from '../../machines/index.ts'
import { leaves, worldIn } from './leaves.ts'

/** What restoring throws, there and then or in the actors that it starts. */
async function faultsOf(leaf: string): Promise<readonly unknown[]> {
  const faults: unknown[] = []
  const actor = createActor(conversationMachine, { snapshot: worldIn(leaf).persist() })
  actor.subscribe({ error: (error) => faults.push(error) })
  actor.start()
  // Actors that are started again say so in a microtask.
  await Promise.resolve()
  if (actor.getSnapshot().status === 'active') actor.send({ type: 'conversation.close' })
  return faults
}

describe('a snapshot, through JSON, is restored in the bare chart', () => {
  // A conversation that is closed is not restored: its actor is done.
  it.each(leaves.filter((leaf) => leaf !== 'closed'))('where it was %s', async (leaf) => {
    expect(await faultsOf(leaf)).toEqual([])
  })
})
