import { describe, expect, it } from 'vitest'
import type { Budget, ConversationInput } from '../../machines/index.ts'
import { createWorld, type World } from './world.ts'

const prices = { m1: { input: 1_000_000, output: 0 } }

/** A conversation with a budget; each request costs 8 tokens, or 3 in money. */
const world = (budget: Budget, settings: ConversationInput['settings'] = {}): World =>
  createWorld({ input: { settings: { budget, prices, ...settings } } })

const isOver = (at: World): void => {
  expect([at.state, at.context.failure?.code]).toEqual(['failed.saved', 'budget-exceeded'])
  expect(at.replies.filter(({ isLive }) => isLive)).toEqual([])
}

describe('over its budget', () => {
  it.each<[string, Budget, number]>([
    ['tokens', { tokens: 9 }, 2],
    ['tokens, reached exactly,', { tokens: 8 }, 1],
    ['no tokens at all', { tokens: 0 }, 0],
    ['cost', { cost: 7 }, 3],
    ['cost, reached exactly,', { cost: 6 }, 2],
  ])('of %s nothing is asked, and no attempt is told', (_, budget, requests) => {
    const at = world(budget)
    for (let request = 0; request < requests; request++) {
      at.say('hi')
      at.finish()
      expect(at.state).toBe('completed.saved')
    }
    at.say('one too many', 'last')
    isOver(at)
    expect(at.told('attempt.started')).toHaveLength(requests)
    expect(at.told('turn.failed')).toMatchObject([{ turnId: 'last' }])
    expect(at.context.failure?.message).toMatch(/or start another conversation\.$/)
    expect(at.view.turns.at(-1)).toMatchObject({ id: 'last', status: 'failed', kept: false })
  })

  it('of refusals in a row, sends nothing, not even a rephrased input, until the context is cleared', () => {
    const at = world({ refusalsInARow: 2 })
    at.say('a')
    at.refuse()
    at.decideTo({ rephrase: 'b' })
    at.refuse()
    at.decideTo({ rephrase: 'c' })
    isOver(at)
    expect(at.context.failure?.message).toMatch(/or call clear\(\), which resets the count of refusals\.$/)
    expect(at.told('attempt.started')).toHaveLength(2)
    at.send({ type: 'budget.set', budget: {} })
    at.send({ type: 'turn.retry', turnId: 'again', at: 1 })
    at.finish()
    expect(at.state).toBe('completed.saved')
  })

  it('of cost, sends nothing to a model without a known price', () => {
    const at = world({ cost: 100 })
    at.send({ type: 'model.switch', model: 'm2' })
    at.say('hi')
    isOver(at)
    expect(at.context.failure?.message).toContain('m2')
  })

  it('of cost, uses the price of a model for its dated versions', () => {
    const at = world({ cost: 3 })
    at.send({ type: 'model.switch', model: 'm1-20251001' })
    at.say('hi')
    at.finish()
    expect(at.state).toBe('completed.saved')
    at.say('one too many')
    isOver(at)
    expect(at.context.failure?.message).toContain('its cost of 3 is reached')
  })

  it('in the middle of a turn, fails the turn and keeps what it did', () => {
    const at = world({ tokens: 8 })
    at.say('hi')
    at.callTools('k1')
    at.settle('k1')
    isOver(at)
    expect(at.view.head).toBe('t1')
    expect(at.told('turn.failed')).toHaveLength(1)
  })

  it('counts a failed attempt and does not repeat it', () => {
    const at = world({ tokens: 8 })
    at.say('hi')
    at.fail(true)
    at.clock.increment(500)
    isOver(at)
  })

  it('holds the queue: one message fails, the others wait', () => {
    const at = world({ tokens: 8 }, { whenBusy: 'queue' })
    at.say('a')
    at.say('b')
    at.say('c')
    at.finish()
    isOver(at)
    expect(at.view).toMatchObject({ held: true, queue: [{ input: 'c' }] })
  })

  it('can retry once the budget is raised', () => {
    const at = world({ tokens: 8 })
    at.say('a')
    at.finish()
    at.say('b')
    isOver(at)
    at.send({ type: 'budget.set', budget: { tokens: 9 } })
    at.send({ type: 'turn.retry', turnId: 'again', at: 1 })
    at.finish()
    expect(at.state).toBe('completed.saved')
  })

  it('of cost, names a used model without a known price', () => {
    const at = createWorld({ input: { settings: { prices: { m1: { input: 1, output: 1 } } } } })
    at.send({ type: 'model.switch', model: 'm2' })
    at.say('a')
    at.finish()
    at.send({ type: 'model.switch', model: 'm1' })
    at.send({ type: 'budget.set', budget: { cost: 100 } })
    at.say('b')
    expect([at.state, at.context.failure?.code]).toEqual(['failed.saved', 'budget-exceeded'])
    expect(at.context.failure?.message).toContain('m2, which was used')
  })
})

describe('a reply in progress', () => {
  it('is not cut by a new budget, which applies from the next request', () => {
    const at = world({})
    at.say('a')
    at.open()
    at.send({ type: 'budget.set', budget: { tokens: 0 } })
    expect(at.state).toBe('streaming.receiving')
    at.finish()
    expect(at.state).toBe('completed.saved')
    at.say('b')
    isOver(at)
  })

  it('is not cut by a switch to a model without a known price', () => {
    const at = world({ cost: 100 })
    at.say('a')
    at.open()
    at.send({ type: 'model.switch', model: 'm2' })
    expect(at.state).toBe('streaming.receiving')
  })
})
