import { describe, expect, it } from 'vitest'
import { createWorld, type World } from './world.ts'

/** A server error that a retry does not fix, after a request that named a container. */
const outage = (world: World): void =>
  world.replies.at(-1)?.send({
    type: 'reply.failed',
    retryable: false,
    failure: { code: 'api-error', message: 'x', status: 500 },
    request: { fields: {}, thinking: false, container: 'box' },
  })

describe('a server error that persists', () => {
  it('leaves the container id out once', () => {
    const world = createWorld()
    world.say('a')
    outage(world)
    expect([world.state, world.view.rejections.setAside]).toEqual(['streaming.opening', ['container:box']])
    world.finish('re a')
    expect([world.state, world.view.rejections.setAside]).toEqual(['completed.saved', ['container:box']])
  })

  it('that persists without the container was an outage: the container is named again', () => {
    const world = createWorld()
    world.say('a')
    outage(world)
    world.failWith('api-error')
    expect([world.state, world.view.rejections.setAside]).toEqual(['failed.saved', []])
  })
})

describe('a model that is used in an outage', () => {
  it('and rejects everything is left again, and the model before it is asked', () => {
    const world = createWorld({ input: { settings: { maxAttempts: 1, outageModels: ['m1', 'm2'] } } })
    world.say('a')
    world.fail(true)
    expect(world.view.model).toBe('m2')
    world.reject('request-invalid')
    expect([world.state, world.view.model]).toEqual(['streaming.opening', 'm1'])
    expect(world.told('model.switched').at(-1)).toMatchObject({ from: 'm2', to: 'm1', cause: 'return' })
  })
})
