import { describe, expect, it } from 'vitest'
import type { ConversationInput } from '../../machines/index.ts'
import { fold } from '../../src/journal/index.ts'
import { createWorld, type World } from './world.ts'

const asked = (settings: ConversationInput['settings'] = {}): World => {
  const world = createWorld({ input: { settings } })
  world.say('hi')
  return world
}

const modelsAsked = (world: World) => world.told('attempt.started').map(({ model }) => model)
const switches = (world: World) => world.told('model.switched').map(({ from, to, cause }) => [from, to, cause])
const whole = (world: World) => expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)

describe('a fallback', () => {
  it('from this turn sends the refused input to the other model, through reset', () => {
    const world = asked()
    world.refuse()
    const before = world.states.length
    world.decideTo({ fallback: 'm2', from: 'this-turn' })
    expect(world.states.slice(before)).toEqual(['reset.saving', 'asking.saving', 'streaming.opening'])
    expect(world.view.open).toMatchObject({ id: 't1~1', replaces: 't1', input: 'hi' })
    expect(modelsAsked(world)).toEqual(['m1', 'm2'])
    expect(switches(world)).toEqual([['m1', 'm2', 'refusal']])
    expect(world.types().slice(-3)).toEqual(['context.reset', 'model.switched', 'attempt.started'])
    whole(world)
  })

  it('from the next turn drops the refused turn, and sends nothing', () => {
    const world = asked()
    world.refuse()
    world.decideTo({ fallback: 'm2', from: 'next-turn' })
    expect([world.state, world.view.model, world.replies.length]).toEqual(['idle', 'm2', 1])
    world.say('and now?')
    expect(modelsAsked(world)).toEqual(['m1', 'm2'])
  })

  it('to the current model switches nothing', () => {
    const world = asked()
    world.refuse()
    world.decideTo({ fallback: 'm1', from: 'this-turn' })
    expect([world.state, switches(world), world.view.away]).toEqual(['streaming.opening', [], null])
  })

  it('that refuses too is reported to the slot, with the models that refused and the number of inputs', () => {
    const world = asked()
    world.refuse()
    world.decideTo({ fallback: 'm2', from: 'this-turn' })
    world.refuse()
    expect(world.decisions.at(-1)?.input).toMatchObject({ refusalsInARow: 2, wordings: 1, refusedBy: ['m2', 'm1'] })
  })

  it('that was the last and refused too returns the conversation to its own model', () => {
    const world = asked()
    world.refuse()
    world.decideTo({ fallback: 'm2', from: 'this-turn' })
    world.refuse()
    world.decideTo('drop-turn')
    expect([world.state, world.view.model, world.view.away]).toEqual(['idle', 'm1', null])
    expect(switches(world)).toEqual([
      ['m1', 'm2', 'refusal'],
      ['m2', 'm1', 'return'],
    ])
    expect(world.types().slice(-2)).toEqual(['context.reset', 'model.switched'])
    world.say('something else')
    expect(modelsAsked(world)).toEqual(['m1', 'm2', 'm1'])
    whole(world)
  })

  it('that refused too is followed by the next one', () => {
    const world = asked()
    world.refuse()
    world.decideTo({ fallback: 'm2', from: 'this-turn' })
    world.refuse()
    world.decideTo({ fallback: 'm3', from: 'this-turn' })
    expect(modelsAsked(world)).toEqual(['m1', 'm2', 'm3'])
    world.finish()
    expect(world.view.away).toEqual({ from: 'm1', turns: 1 })
  })

  it('from the next turn stays when another input is refused there', () => {
    const world = asked()
    world.refuse()
    world.decideTo({ fallback: 'm2', from: 'next-turn' })
    world.say('b')
    world.refuse()
    world.decideTo({ rephrase: 'b, but milder' })
    world.refuse()
    world.decideTo('drop-turn')
    expect(switches(world)).toEqual([['m1', 'm2', 'refusal']])
  })

  it('that has answered stays when it refuses later', () => {
    const world = asked()
    world.refuse()
    world.decideTo({ fallback: 'm2', from: 'this-turn' })
    world.finish()
    world.say('b')
    world.refuse()
    world.decideTo({ rephrase: 'b, but milder' })
    world.refuse()
    world.decideTo('drop-turn')
    expect(world.view.model).toBe('m2')
  })

  it('is for refusals only: an overloaded model is retried, and the turn fails', () => {
    const world = asked({ maxAttempts: 2 })
    world.fail(true)
    world.clock.increment(500)
    world.fail(true)
    expect([world.state, switches(world)]).toEqual(['failed.saved', []])
  })
})

describe('returning to the model before a switch', () => {
  it('happens after `returnAfter` completed turns, once the last of them is stored', () => {
    const world = asked({ returnAfter: 2 })
    world.refuse()
    world.decideTo({ fallback: 'm2', from: 'this-turn' })
    world.finish()
    expect(world.view.away).toEqual({ from: 'm1', turns: 1 })
    world.say('b')
    world.send({ type: 'user.stop' })
    expect(world.view.model).toBe('m2')
    world.say('c')
    world.finish()
    expect([world.view.model, world.view.away]).toEqual(['m1', null])
    expect(switches(world)).toEqual([
      ['m1', 'm2', 'refusal'],
      ['m2', 'm1', 'return'],
    ])
    expect(world.types().slice(-2)).toEqual(['turn.completed', 'model.switched'])
    whole(world)
  })

  it('happens before a queued message is sent', () => {
    const world = asked({ returnAfter: 1, whenBusy: 'queue', outageModels: ['m1', 'm2'], maxAttempts: 1 })
    world.say('later')
    world.fail(true)
    world.finish()
    expect(modelsAsked(world)).toEqual(['m1', 'm2', 'm1'])
  })

  it('never happens by default', () => {
    const world = asked()
    world.refuse()
    world.decideTo({ fallback: 'm2', from: 'this-turn' })
    for (const text of ['b', 'c', 'd']) {
      world.finish()
      world.say(text)
    }
    expect(world.view.model).toBe('m2')
  })

  it('does not happen after the user has switched the model', () => {
    const world = asked({ returnAfter: 1 })
    world.refuse()
    world.decideTo({ fallback: 'm2', from: 'next-turn' })
    world.send({ type: 'model.switch', model: 'm3' })
    expect(world.view.away).toBeNull()
    world.say('b')
    world.finish()
    expect(world.view.model).toBe('m3')
  })

  it('returns to the first of several models', () => {
    const world = asked({ returnAfter: 1, outageModels: ['m1', 'm2', 'm3'], maxAttempts: 1 })
    world.fail(true)
    world.fail(true)
    world.finish()
    expect(switches(world)).toEqual([
      ['m1', 'm2', 'outage'],
      ['m2', 'm3', 'outage'],
      ['m3', 'm1', 'return'],
    ])
  })
})

describe('models for an outage', () => {
  it('are used in order when no attempts are left, each with its own attempts', () => {
    const world = asked({ outageModels: ['m1', 'm2', 'm3'], maxAttempts: 2 })
    for (let model = 0; model < 3; model++) {
      world.fail(true)
      world.clock.increment(500)
      world.fail(true)
    }
    expect(modelsAsked(world)).toEqual(['m1', 'm1', 'm2', 'm2', 'm3', 'm3'])
    expect(world.told('attempt.started').map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6])
    expect(world.state).toBe('failed.saved')
    expect(world.told('turn.failed')).toHaveLength(1)
    whole(world)
  })

  it('are used at once when the API asks for too long a wait, and what was shown is retracted', () => {
    const world = asked({ outageModels: ['m1', 'm2'] })
    world.fail(true, 60_001)
    expect([world.state, world.view.model]).toEqual(['streaming.opening', 'm2'])
    expect(world.told('retracted')).toEqual([{ type: 'retracted', turnId: 't1', attempt: 1, cause: 'retry' }])
  })

  it('are used when the API does not begin to answer', () => {
    const world = asked({ outageModels: ['m1', 'm2'], maxAttempts: 1 })
    world.clock.increment(120_000)
    expect([world.state, world.view.model]).toEqual(['streaming.opening', 'm2'])
    world.clock.increment(120_000)
    expect([world.state, world.context.failure?.code]).toEqual(['failed.saved', 'connection-failed'])
  })

  it('are skipped when they do not exist or may not be used', () => {
    const world = asked({ outageModels: ['m1', 'm2', 'm3', 'm4'], maxAttempts: 1 })
    world.fail(true)
    world.reject('model-not-found')
    expect(modelsAsked(world)).toEqual(['m1', 'm2', 'm3'])
    world.failWith('permission-denied')
    expect(modelsAsked(world)).toEqual(['m1', 'm2', 'm3', 'm4'])
    world.finish()
    expect([world.state, world.view.away]).toEqual(['completed.saved', { from: 'm1', turns: 1 }])
    whole(world)
  })

  it('that reject the account are left again, and no other model is tried', () => {
    for (const code of ['authentication-failed', 'billing-failed', 'spend-limit-reached'] as const) {
      const world = asked({ outageModels: ['m1', 'm2', 'm3'], maxAttempts: 1 })
      world.fail(true)
      world.failWith(code)
      expect([world.state, modelsAsked(world), world.view.model]).toEqual(['failed.saved', ['m1', 'm2'], 'm1'])
    }
  })

  it('that are not there are passed over for none that was configured for outages alone, after a refusal', () => {
    const world = asked({ outageModels: ['m1', 'm2', 'm3'], maxAttempts: 1 })
    world.refuse()
    world.decideTo({ fallback: 'm2', from: 'this-turn' })
    world.reject('model-not-found')
    expect([world.state, modelsAsked(world), world.view.model]).toEqual(['failed.saved', ['m1', 'm2'], 'm1'])
  })

  it('begin after the first, for a model that is not among them', () => {
    const world = createWorld({ input: { settings: { outageModels: ['m1', 'm2'], maxAttempts: 1 } } })
    world.send({ type: 'model.switch', model: 'other' })
    world.say('hi')
    world.fail(true)
    expect(modelsAsked(world)).toEqual(['other', 'm2'])
  })

  it('are not used for an invalid request', () => {
    const world = asked({ outageModels: ['m1', 'm2'] })
    world.fail(false)
    expect([world.state, switches(world)]).toEqual(['failed.saved', []])
  })

  it('are not used for a refusal', () => {
    const world = asked({ outageModels: ['m1', 'm2'] })
    world.refuse()
    world.decideTo({ rephrase: 'other words' })
    expect(modelsAsked(world)).toEqual(['m1', 'm1'])
  })

  it('exclude those that refused the input', () => {
    const world = asked({ outageModels: ['m1', 'm2', 'm3'], maxAttempts: 1 })
    world.refuse()
    world.decideTo({ fallback: 'm2', from: 'this-turn' })
    world.refuse()
    world.decideTo({ fallback: 'm0', from: 'this-turn' })
    world.fail(true)
    expect(modelsAsked(world)).toEqual(['m1', 'm2', 'm0', 'm3'])
    world.fail(true)
    expect(world.state).toBe('failed.saved')
    world.say('something else')
    expect(world.view.model).toBe('m3')
    whole(world)
  })

  it('stay when another input is refused there', () => {
    const world = asked({ outageModels: ['m1', 'm2'], maxAttempts: 1 })
    world.fail(true)
    world.refuse()
    world.decideTo({ rephrase: 'milder' })
    world.refuse()
    world.decideTo('drop-turn')
    expect(switches(world)).toEqual([['m1', 'm2', 'outage']])
  })

  it('stay after the turn that switched to them', () => {
    const world = asked({ outageModels: ['m1', 'm2'], maxAttempts: 1 })
    world.fail(true)
    world.finish()
    world.say('b')
    expect(modelsAsked(world)).toEqual(['m1', 'm2', 'm2'])
  })
})

describe('a conversation that a fallback model has answered', () => {
  it('does not return when all models refuse another message', () => {
    const world = createWorld()
    world.say('a')
    world.refuse()
    world.decideTo({ fallback: 'm2', from: 'this-turn' })
    world.finish()
    world.say('b')
    world.refuse()
    world.decideTo({ fallback: 'm3', from: 'this-turn' })
    world.refuse()
    world.decideTo('drop-turn')
    expect(world.told('model.switched').map(({ to }) => to)).toEqual(['m2', 'm3'])
    expect(world.view.away).toEqual({ from: 'm1', turns: 1 })
  })
})
