import { describe, expect, it } from 'vitest'
import type { ConversationInput } from '../../machines/index.ts'
import type { Block } from '../../src/journal/index.ts'
import { createWorld, reloaded, type World } from './world.ts'

const causes = [undefined, 'aborted'] as const

const call: Block = { type: 'tool_use', id: 'k1', name: 'look', input: {} }

/** A reply that has arrived whole was stopped. */
function stopped(cause?: 'aborted', settings: ConversationInput['settings'] = {}): World {
  const world = createWorld({ input: { settings } })
  world.say('hi')
  world.open()
  world.stopAtTheEnd(cause)
  return world
}

/** The outcome of the turn, the events about it, and the number of requests. */
const outcomeOf = (world: World) => {
  const turn = world.view.turns.at(-1)
  return {
    state: world.state,
    status: turn?.status,
    failure: turn?.failure?.code,
    told: world.types().filter((type) => type.startsWith('turn.')),
    requests: world.replies.length,
  }
}

const completed = {
  state: 'completed.saved',
  status: 'completed',
  failure: undefined,
  told: ['turn.completed'],
  requests: 1,
}

const cut = (cause?: 'aborted') => ({
  state: 'stopped.saved',
  status: 'stopped',
  failure: cause,
  told: ['turn.stopped'],
  requests: 1,
})

describe.each(causes)('a stop (%s) after the reply has arrived whole', (cause) => {
  it.each(['end_turn', 'stop_sequence'])('lets the turn complete when the reply ends with %s', (stopReason) => {
    const world = stopped(cause)
    expect(world.state).toBe(`streaming.ending.${cause ?? 'stopped'}`)
    world.finish('All of it.', stopReason)
    expect(outcomeOf(world)).toEqual(completed)
    expect(world.messages()).toEqual([
      ['user', 'hi'],
      ['assistant', [{ type: 'text', text: 'All of it.' }]],
    ])
  })

  it('keeps the current request, and makes no other', () => {
    const world = stopped(cause)
    expect(world.replies.map(({ isLive }) => isLive)).toEqual([true])
  })

  it('is not affected by further stops', () => {
    const world = stopped(cause)
    const before = world.state
    world.send({ type: 'user.stop' })
    world.stopAtTheEnd(cause === undefined ? 'aborted' : undefined)
    expect(world.state).toBe(before)
    expect(world.actor.getSnapshot().can({ type: 'user.stop' })).toBe(false)
  })

  it.each(['tool_use', 'pause_turn', 'max_tokens', 'model_context_window_exceeded', 'compaction', 'tomorrow'])(
    'stops it after all when it ends with %s, and asks nothing more',
    (stopReason) => {
      const world = stopped(cause, { onTruncated: 'continue' })
      world.reply({
        content: [{ type: 'text', text: 'half' }, ...(stopReason === 'tool_use' ? [call] : [])],
        stopReason,
      })
      expect(outcomeOf(world)).toEqual(cut(cause))
      expect(world.toolRuns).toEqual([])
      expect(world.messages()[1]?.[1]?.[0]).toEqual({ type: 'text', text: 'half' })
    },
  )

  it('stops the turn after all when the reply calls a tool, whatever its stop reason', () => {
    const world = stopped(cause)
    world.reply({ content: [call], stopReason: 'end_turn' })
    expect(outcomeOf(world)).toEqual(cut(cause))
    expect(world.toolRuns).toEqual([])
  })

  it('stops the turn after all when the rest fails, and keeps the text so far', () => {
    const world = stopped(cause)
    world.fail(true)
    expect(outcomeOf(world)).toEqual(cut(cause))
    expect(world.messages().at(1)).toEqual(['assistant', [{ type: 'text', text: 'par' }]])
  })

  it('stops the turn after all when the request is rejected, and retracts what was shown', () => {
    const world = stopped(cause)
    world.reject('request-invalid', { shown: true })
    expect(outcomeOf(world)).toEqual(cut(cause))
    expect(world.told('retracted')).toMatchObject([{ cause: 'rejection' }])
  })

  it('stops the turn after all when nothing more arrives', () => {
    const world = stopped(cause)
    world.clock.increment(5_000)
    expect(outcomeOf(world)).toEqual(cut(cause))
    expect(world.replies.map(({ isLive }) => isLive)).toEqual([false])
  })

  it('drops the turn when it is refused: no policy is asked, and no request follows', () => {
    const world = stopped(cause)
    world.refuse()
    expect(outcomeOf(world)).toEqual({ ...completed, state: 'idle', status: 'refused', told: ['turn.refused'] })
    expect([world.decisions, world.told('turn.refused')]).toMatchObject([[], [{ policy: 'drop-turn' }]])
    expect(world.types()).toContain('retracted')
    expect(world.messages()).toEqual([])
  })

  it('settles as stopped when it is restored', () => {
    const before = stopped(cause)
    const world = createWorld({ snapshot: before.persist(), store: before.store })
    expect(outcomeOf(world)).toEqual(cut(cause))
    expect(world.replies.map(({ isLive }) => isLive)).toEqual([false])
  })

  it('leaves a journal in which the turn completed', () => {
    const before = stopped(cause)
    before.finish()
    expect(before.store.at(-1)).toEqual(
      expect.objectContaining({ type: 'turn.settled', status: 'completed', kept: true }),
    )
    expect(reloaded(before).state).toBe('completed.saved')
  })

  it('sends the queued message once the reply is complete, as after a stop', () => {
    const world = createWorld({ input: { settings: { whenBusy: 'queue' } } })
    world.say('first')
    world.say('second')
    world.stopAtTheEnd(cause)
    expect(world.view.queue).toHaveLength(1)
    world.finish()
    expect([world.view.turns.at(-1)?.status, world.view.open?.id, world.view.queue]).toEqual(['completed', 't2', []])
  })

  it('keeps a held queue held', () => {
    const world = createWorld({ input: { settings: { whenBusy: 'queue' } } })
    world.say('first')
    world.say('second')
    world.fail(false)
    world.say('third')
    world.stopAtTheEnd(cause)
    world.finish()
    expect([world.state, world.view.held, world.view.queue.map(({ turnId }) => turnId)]).toEqual([
      'completed.saved',
      true,
      ['t2'],
    ])
  })
})

it('an interrupting message stops a reply that has arrived whole', () => {
  const world = createWorld({ input: { settings: { whenBusy: 'interrupt' } } })
  world.say('hi')
  const partial = {
    model: 'm1',
    promptHash: 'p',
    content: [{ type: 'text', text: 'par' }],
    usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 },
    shown: true,
    arrivedWhole: true,
  } as const
  world.send({ type: 'user.send', turnId: 'new', input: 'no', at: 1, partial })
  expect([world.view.turns.at(-1)?.status, world.view.open?.id]).toEqual(['stopped', 'new'])
})

it('a stop also stops a compaction that has arrived whole, because another turn would follow', () => {
  const world = createWorld()
  world.say('hi')
  world.finish()
  world.send({ type: 'context.compact', turnId: 'c', at: 1 })
  world.stopAtTheEnd()
  expect([world.state, world.view.turns.at(-1)?.status]).toEqual(['stopped.saved', 'stopped'])
})

it('a conversation that closes while a reply ends settles its turn as stopped', () => {
  const world = stopped()
  world.send({ type: 'conversation.close' })
  expect([world.state, world.view.turns.at(-1)?.status]).toEqual(['closed', 'stopped'])
})
