import { describe, expect, it } from 'vitest'
import { fold } from '../../src/journal/index.ts'
import { createWorld, reloaded } from './world.ts'

const block = { type: 'compaction', content: 'short' }
const byApi = { content: [block], stopReason: 'compaction' }
const objection = { pointed: 'compaction:c' } as const

/** A conversation whose compaction the API rejects. */
function asked() {
  const world = createWorld()
  world.say('a')
  world.finish('re a')
  world.send({ type: 'context.compact', turnId: 'c', at: 20 })
  world.reply(byApi)
  world.say('b')
  expect(world.messages()[0]).toEqual(['assistant', [block]])
  return world
}

const whole = ['a', 're a', 'b']
const words = (messages: ReturnType<ReturnType<typeof asked>['messages']>) =>
  messages.map(([, content]) => (typeof content === 'string' ? content : JSON.parse(JSON.stringify(content))[0].text))

describe('a summary that the API rejects', () => {
  it('is left out, the turns that it replaced are included again, and the message is sent again', () => {
    const world = asked()
    world.reject('compaction-invalid', objection)
    expect([world.state, world.view.rejections.setAside]).toEqual(['streaming.opening', ['compaction:c']])
    expect(words(world.messages())).toEqual(whole)
    expect(world.told('request.repaired')).toEqual([
      { type: 'request.repaired', turnId: 't2', leftOut: ['compaction:c'] },
    ])
    world.finish('re b')
    expect([world.state, world.view.head, world.replies.length]).toEqual(['completed.saved', 't2', 4])
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })

  it('stays left out, in another process too, and another one can be made', () => {
    const before = asked()
    before.reject('compaction-invalid', objection)
    before.finish('re b')
    const world = reloaded(before)
    world.say('d', 't3')
    expect(words(world.messages())).toEqual([...whole, 're b', 'd'])
    world.finish('re d')
    world.send({ type: 'context.compact', turnId: 'c2', at: 30 })
    world.reply(byApi)
    world.say('e', 't4')
    expect(world.messages()).toEqual([
      ['assistant', [block]],
      ['user', 'e'],
    ])
  })

  it('can be made again at once', () => {
    const world = asked()
    world.reject('compaction-invalid', objection)
    world.finish('re b')
    world.send({ type: 'head.switch', to: 'c' })
    world.send({ type: 'context.compact', turnId: 'c2', at: 30 })
    expect(world.view.open).toMatchObject({ id: 'c2', kind: 'compaction', parent: 'c' })
  })

  it('whose turns are too long themselves is followed by setting turns aside', () => {
    const world = asked()
    world.reject('compaction-invalid', objection)
    world.reject('prompt-too-long')
    expect(world.state).toBe('streaming.opening')
    expect(world.view.rejections.setAside).toEqual(expect.arrayContaining(['turn:t1', 'compaction:c']))
    world.finish('re b')
    world.say('d')
    world.finish('re d')
    expect([world.state, world.view.turns.at(-1)?.status]).toEqual(['completed.saved', 'completed'])
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })
})
