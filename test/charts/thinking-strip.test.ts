import { describe, expect, it } from 'vitest'
import { fold } from '../../src/journal/index.ts'
import { createWorld, reloaded, type World } from './world.ts'

/** The API names the thinking that the request carried. */
const objection = { thinking: true, pointed: 'thinking' } as const

const thought = { type: 'thinking', thinking: 'hm', signature: 's' }

/** A conversation whose first reply contains thinking, and that has a second message. */
function asked(): World {
  const world = createWorld()
  world.say('a')
  world.reply({ content: [thought, { type: 'text', text: 're a' }], stopReason: 'end_turn' })
  world.say('b')
  return world
}

describe('thinking that the API rejects', () => {
  it('is left out, which is emitted, and the request is sent again at once', () => {
    const world = asked()
    expect(JSON.stringify(world.messages())).toContain('thinking')
    world.reject('thinking-invalid', objection)
    expect(world.state).toBe('streaming.opening')
    expect(JSON.stringify(world.messages())).not.toContain('thinking')
    expect(world.told('thinking.stripped')).toEqual([{ type: 'thinking.stripped', turnId: 't2' }])
    expect(world.replies.map(({ input }) => input.attempt)).toEqual([1, 1, 2])
    world.finish()
    expect(world.state).toBe('completed.saved')
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })

  it('is left out for good, and later thinking is not', () => {
    const before = asked()
    before.reject('thinking-invalid', objection)
    before.reply({
      content: [
        { ...thought, thinking: 'new' },
        { type: 'text', text: 're b' },
      ],
      stopReason: 'end_turn',
    })
    const world = reloaded(before)
    world.say('c')
    expect(JSON.stringify(world.messages())).toContain('"new"')
    expect(JSON.stringify(world.messages())).not.toContain('"hm"')
  })

  it("is stripped once: stripped thinking can't be the cause", () => {
    const world = asked()
    world.reject('thinking-invalid', objection)
    world.reject('thinking-invalid', { pointed: 'thinking' })
    expect(world.view.rejections.setAside).toEqual(['turn:t1'])
    world.rejectAll('thinking-invalid')
    expect([world.state, world.context.failure?.code]).toEqual(['failed.saved', 'thinking-invalid'])
    expect(world.told('thinking.stripped')).toHaveLength(1)
  })

  it('is stripped in the middle of a tool loop with the loop, of which a line is left', () => {
    const world = asked()
    world.reply({ content: [thought, { type: 'tool_use', id: 'k1', name: 'look', input: {} }], stopReason: 'tool_use' })
    world.settle('k1')
    world.reject('thinking-invalid', objection)
    expect(world.state).toBe('streaming.opening')
    // The API insists on the thinking of a loop: without that thinking, no loop may be left.
    expect(JSON.stringify(world.messages())).not.toMatch(/"thinking":|tool_use/)
    expect(JSON.stringify(world.messages().at(-1))).toContain('Tools that ran in it, and need not run again: look.')
  })
})

describe('thinking that was left out once', () => {
  it('is left out again when later thinking is objected to', () => {
    const replyTo = (said: string) => [
      { type: 'thinking', thinking: said, signature: 's' },
      { type: 'text', text: `re ${said}` },
    ]
    const world = createWorld()
    for (const said of ['one', 'two']) {
      world.say(said)
      if (said === 'two') world.reject('thinking-invalid', { thinking: true, pointed: 'thinking' })
      world.reply({ content: replyTo(said), stopReason: 'end_turn' })
    }
    world.say('three')
    expect(JSON.stringify(world.messages())).toContain('"thinking":"two"')
    world.reject('thinking-invalid', { thinking: true, pointed: 'thinking' })
    expect(JSON.stringify(world.messages())).not.toContain('"thinking"')
    expect(world.told('thinking.stripped').map(({ turnId }) => turnId)).toEqual(['t2', 't3'])
    world.finish()
    expect(world.state).toBe('completed.saved')
    expect(reloaded(world).view).toEqual(world.view)
  })
})
