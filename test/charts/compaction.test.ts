import { describe, expect, it } from 'vitest'
import { type ConversationInput, defaultSettings } from '../../machines/index.ts'
import { fold } from '../../src/journal/index.ts'
import { createWorld, type World } from './world.ts'

/** A conversation with one turn, that is being compacted. */
function compacting(settings: ConversationInput['settings'] = {}): World {
  const world = createWorld({ input: { settings } })
  world.say('a')
  world.finish('re a')
  world.send({ type: 'context.compact', turnId: 'c', at: 20 })
  return world
}

const byApi = { content: [{ type: 'compaction', content: 'a and its answer' }], stopReason: 'compaction' }

describe('a compaction', () => {
  it('by the API has an empty input, and its block replaces everything before it', () => {
    const world = compacting()
    expect(world.view.open).toMatchObject({ id: 'c', kind: 'compaction', parent: 't1', input: '' })
    world.reply(byApi)
    expect([world.state, world.view.head]).toEqual(['completed.saved', 'c'])
    expect(world.types().slice(-2)).toEqual(['context.compacted', 'turn.completed'])
    world.say('b')
    expect(world.messages()).toEqual([
      ['assistant', byApi.content],
      ['user', 'b'],
    ])
  })

  it('by a summary has a prompt, and the summary replaces everything before it', () => {
    const world = compacting({ compactBy: 'summary' })
    expect(world.view.open?.input).toBe(defaultSettings.summariseWith)
    world.finish('all of it, in short')
    world.say('b')
    expect(world.messages()).toMatchObject([['user', [{ text: expect.stringContaining('all of it, in short') }, {}]]])
  })

  it('that the API rejects is followed by a summary', () => {
    const world = compacting()
    world.reject('request-invalid')
    expect(world.view.open).toMatchObject({ id: 'c~1', kind: 'compaction', parent: 't1', replaces: 'c' })
    expect(world.view.open?.input).toBe(defaultSettings.summariseWith)
    expect(world.told('attempt.started').at(-1)).toMatchObject({ turnId: 'c~1', attempt: 1 })
    world.finish('in short')
    expect([world.state, world.view.head]).toEqual(['completed.saved', 'c~1'])
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })

  it('by a summary that the API rejects too fails, and changes nothing', () => {
    const world = compacting()
    world.reject('request-invalid')
    world.reject('request-invalid')
    expect([world.state, world.view.head, world.replies.length]).toEqual(['failed.saved', 't1', 3])
    expect(world.context.failure).toMatchObject({ code: 'compaction-failed', causedBy: 'request-invalid' })
  })

  it.each([
    ['api', 3],
    ['summary', 2],
  ] as const)('under compactBy "%s" begins there, and goes on from there', (compactBy, requests) => {
    const world = compacting({ compactBy })
    world.reject('request-invalid')
    if (compactBy === 'api') world.reject('request-invalid')
    expect([world.state, world.replies.length]).toEqual(['failed.saved', requests])
  })

  it('by a summary does not hold the queue', () => {
    const world = compacting({ whenBusy: 'queue' })
    world.say('b')
    world.reject('request-invalid')
    world.finish('in short')
    expect(world.view.open?.input).toBe('b')
  })

  it.each([
    ['the summary was cut', { compactBy: 'summary' }, 'half', 'max_tokens'],
    ['the summary filled the window', { compactBy: 'summary' }, 'half', 'model_context_window_exceeded'],
    ['the summary is empty', { compactBy: 'summary' }, '', 'end_turn'],
    ['the summary was paused', { compactBy: 'summary' }, 'half', 'pause_turn'],
  ] as const)('fails and changes nothing when %s', (_, settings, text, stopReason) => {
    const world = compacting({ ...settings, onTruncated: 'continue' })
    world.finish(text, stopReason)
    expect([world.state, world.view.head]).toEqual(['failed.saved', 't1'])
    expect(world.context.failure?.code).toBe('compaction-failed')
    world.say('b')
    expect(world.messages()[0]).toEqual(['user', 'a'])
  })

  it('that asks for tools runs none', () => {
    const world = compacting({ compactBy: 'summary' })
    world.callTools('k1')
    expect([world.state, world.toolRuns]).toEqual(['failed.saved', []])
  })

  it('that is itself too long fails', () => {
    const world = compacting()
    world.reject('prompt-too-long')
    expect([world.state, world.overflows]).toEqual(['failed.saved', []])
  })

  it('that is stopped changes nothing and can be retried', () => {
    const world = compacting({ compactBy: 'summary' })
    const content = [{ type: 'text', text: 'half' }]
    world.send({
      type: 'user.stop',
      partial: { model: 'm1', promptHash: 'p', content, usage: { ...world.view.usage }, shown: true },
    })
    expect([world.state, world.view.head]).toEqual(['stopped.saved', 't1'])
    world.send({ type: 'turn.retry', turnId: 'c2', at: 1 })
    expect(world.view.open).toMatchObject({ kind: 'compaction', parent: 't1' })
  })

  it('needs something to compact, and a new id', () => {
    const empty = createWorld()
    empty.send({ type: 'context.compact', turnId: 'c', at: 1 })
    expect(empty.state).toBe('idle')
    const world = compacting()
    world.reply(byApi)
    world.send({ type: 'context.compact', turnId: 'd', at: 1 })
    expect(world.state).toBe('completed.saved')
    world.say('b')
    world.finish()
    world.send({ type: 'context.compact', turnId: 'c', at: 1 })
    expect(world.state).toBe('completed.saved')
  })
})

describe('a compaction that is refused', () => {
  it('changes nothing: only the compaction is reset, and no policy is asked', () => {
    const world = compacting({ compactBy: 'summary' })
    world.refuse()
    expect([world.state, world.view.head, world.decisions]).toEqual(['idle', 't1', []])
    expect(world.context.failure?.code).toBe('compaction-failed')
    expect(world.told('turn.refused')).toMatchObject([{ turnId: 'c', compaction: true, policy: 'drop-turn' }])
    expect(world.told('context.reset')).toMatchObject([{ turnId: 'c', policy: 'drop-turn', left: ['c'], head: 't1' }])
    expect(world.view).toMatchObject({ undecided: null, refusalsInARow: 0, refusedInputs: [] })
    world.say('b')
    expect(world.messages()[0]).toEqual(['user', 'a'])
  })

  it('waits while nothing can be stored, and is then reset in the same way', () => {
    const world = compacting({ compactBy: 'summary' })
    world.setJournal('fails')
    world.refuse()
    expect([world.state, world.told('turn.refused')]).toEqual(['refused.unsaved', []])
    world.setJournal('stores')
    world.clock.increment(1_000)
    expect([world.state, world.decisions]).toEqual(['idle', []])
  })

  it('for an overflow is followed by the message, and turns that do not fit are set aside', () => {
    const world = createWorld({ input: { settings: { compactBy: 'summary' } } })
    world.say('a')
    world.finish('re a')
    world.say('b')
    world.reject('prompt-too-long')
    world.overflowTo('compact')
    world.refuse()
    expect(world.view.open).toMatchObject({ id: 't2~2', kind: 'user', input: 'b', parent: 't1', replaces: 't2~1' })
    world.reject('prompt-too-long')
    expect([world.overflows.length, world.view.rejections.setAside]).toEqual([1, ['turn:t1']])
    world.finish('re b')
    expect([world.state, world.view.head]).toEqual(['completed.saved', 't2~2'])
    expect(world.view.turns.map(({ status }) => status)).toEqual(['completed', 'failed', 'refused', 'completed'])
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })

  it('that the user asked for leaves nothing to retry', () => {
    const world = compacting({ compactBy: 'summary' })
    world.refuse()
    world.send({ type: 'turn.retry', turnId: 'again', at: 30 })
    expect([world.state, world.told('send.declined').length]).toEqual(['idle', 1])
  })

  it('is emitted as undecided when the conversation closes before it is stored', () => {
    const world = compacting({ compactBy: 'summary' })
    world.setJournal('is silent')
    world.refuse()
    world.send({ type: 'conversation.close' })
    world.store.push(...world.context.unsaved)
    world.send({ type: 'journal.saved', revision: world.view.revision })
    expect(world.told('turn.refused')).toMatchObject([{ turnId: 'c', policy: null }])
  })
})
