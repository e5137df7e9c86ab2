import { describe, expect, it } from 'vitest'
import { worldIn } from './leaves.ts'
import { usage } from './world.ts'

const partial = { model: 'm1', promptHash: 'p', content: [], usage, shown: false }

describe('a reply', () => {
  it('that takes longer than `replyTimeout` fails the turn', () => {
    const world = worldIn('streaming.receiving')
    world.clock.increment(3_599_999)
    expect(world.state).toBe('streaming.receiving')
    world.clock.increment(1)
    expect([world.state, world.context.failure?.code]).toEqual(['failed.saved', 'stream-stalled'])
  })

  it('that is cut before any text is in the ledger all the same', () => {
    const world = worldIn('streaming.receiving')
    const iterations = [{ type: 'message', usage }]
    world.send({ type: 'user.stop', partial: { ...partial, iterations } })
    expect(world.store.at(-1)).toMatchObject({
      type: 'turn.settled',
      status: 'stopped',
      kept: false,
      usage,
      iterations,
    })
    expect(world.view.usage).toMatchObject(usage)
    expect(world.view.turns.at(-1)?.attempts).toMatchObject([{ result: 'cut', billing: 'billed', usage }])
  })

  it('in several rounds of one model has refused in none of them', () => {
    const world = worldIn('streaming.receiving')
    const iterations = [
      { type: 'message', usage },
      { type: 'message', usage },
    ]
    world.reply({ content: [{ type: 'text', text: 'hi' }], stopReason: 'end_turn', iterations })
    expect(world.view.turns.at(-1)?.attempts.map(({ result }) => result)).toEqual(['answered', 'answered'])
  })
})
