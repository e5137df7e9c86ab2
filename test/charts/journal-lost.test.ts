import { describe, expect, it } from 'vitest'
import { leaves, worldIn } from './leaves.ts'
import type { World } from './world.ts'

const failure = { code: 'conversation-lost', message: 'Another process writes it.' } as const
const live = leaves.filter((leaf) => leaf !== 'closed' && leaf !== 'lost')

const slotsOf = ({ replies, toolRuns, decisions, overflows, rejections }: World) => [
  ...replies,
  ...toolRuns,
  ...decisions,
  ...overflows,
  ...rejections,
]

describe('another writer that takes the conversation over', () => {
  it.each(live)('in %s stops the reply and the tools, and ends the actor', (leaf) => {
    const world = worldIn(leaf)
    const before = world.emitted.length
    const [appends, asked, stored] = [world.appends(), slotsOf(world).length, [...world.store]]
    world.send({ type: 'journal.lost', failure })
    expect([world.state, world.actor.getSnapshot().status, world.tags()]).toEqual(['lost', 'done', []])
    expect(slotsOf(world).filter(({ isLive }) => isLive)).toEqual([])
    // Nothing that was not stored is emitted, then or later.
    expect(world.emitted.slice(before)).toEqual([{ type: 'conversation.lost', failure }])
    world.setJournal('stores')
    world.clock.increment(3_600_000)
    expect(world.emitted.slice(before)).toEqual([{ type: 'conversation.lost', failure }])
    expect([world.appends(), slotsOf(world).length, world.store]).toEqual([appends, asked, stored])
  })

  it.each(live)('is noticed in %s by an answer beyond what was recorded here', (leaf) => {
    const world = worldIn(leaf)
    const before = world.emitted.length
    world.send({ type: 'journal.saved', revision: world.view.revision + 1 })
    expect([world.state, world.actor.getSnapshot().status]).toEqual(['lost', 'done'])
    expect(world.emitted.slice(before)).toMatchObject([
      { type: 'conversation.lost', failure: { code: 'conversation-lost' } },
    ])
    expect(world.told('conversation.lost')[0]?.failure.message).toMatch(/\.$/)
    expect(slotsOf(world).filter(({ isLive }) => isLive)).toEqual([])
  })

  it('announces no outcome that was not stored', () => {
    const world = worldIn('completed.saving')
    world.send({ type: 'journal.lost', failure })
    expect(world.types()).toEqual(['attempt.started', 'conversation.lost'])
    expect(world.revisions.at(-1)).toEqual(['conversation.lost', world.store.length])
  })

  it('ignores what its tools and its users send afterwards', () => {
    const world = worldIn('tools.running.working')
    world.start('k1')
    world.send({ type: 'journal.lost', failure })
    const count = world.emitted.length
    world.settle('k1')
    world.send({ type: 'user.send', turnId: 'n', input: 'x', at: 1 })
    world.send({ type: 'conversation.close' })
    expect([world.emitted.length, world.state]).toEqual([count, 'lost'])
  })
})
