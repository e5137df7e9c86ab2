import { describe, expect, it } from 'vitest'
import { defaultSettings, type ConversationInput } from '../../machines/index.ts'
import { createWorld, type World } from './world.ts'

const asked = (settings: ConversationInput['settings'] = {}): World => {
  const world = createWorld({ input: { settings } })
  world.say('hi')
  return world
}

const paused = {
  content: [{ type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }],
  stopReason: 'pause_turn',
}

describe('a reply that the API paused', () => {
  it('is sent back unchanged, in the same turn', () => {
    const world = asked()
    world.reply(paused)
    expect(world.state).toBe('streaming.opening')
    expect(world.messages()).toEqual([
      ['user', 'hi'],
      ['assistant', paused.content],
    ])
    world.finish('found')
    expect(world.view.turns).toMatchObject([{ id: 't1', status: 'completed', steps: [{ attempt: 1 }, { attempt: 2 }] }])
  })

  it('by compacting in mid-turn is continued too', () => {
    const world = asked()
    world.reply({ content: [{ type: 'compaction', content: 'so far' }], stopReason: 'compaction' })
    expect([world.state, world.view.open?.steps.length]).toEqual(['streaming.opening', 1])
  })

  it.each([1, 2, 3])('is resent until there are %i replies, and then fails the turn', (maxSteps) => {
    const world = asked({ maxSteps })
    for (let replies = 1; replies < maxSteps; replies++) world.reply(paused)
    expect(world.state).toBe('streaming.opening')
    world.reply(paused)
    expect(world.state).toBe('failed.saved')
    expect(world.context.failure?.code).toBe('max-steps-reached')
    expect(world.replies).toHaveLength(maxSteps)
  })

  it('has its own attempts', () => {
    const world = asked({ maxAttempts: 2 })
    world.fail(true)
    world.clock.increment(500)
    world.reply(paused)
    world.fail(true)
    expect(world.state).toBe('waitingToRetry')
    expect(world.told('attempt.started').map(({ attempt }) => attempt)).toEqual([1, 2, 3])
  })
})

describe('a reply that was cut at max_tokens', () => {
  it('completes its turn', () => {
    const world = asked()
    world.finish('half', 'max_tokens')
    expect(world.state).toBe('completed.saved')
    expect(world.view.turns).toMatchObject([{ status: 'completed', steps: [{ stopReason: 'max_tokens' }] }])
  })

  it('is continued under onTruncated "continue", once it is stored, by a new turn of the kind continuation', () => {
    const world = asked({ onTruncated: 'continue' })
    world.setJournal('fails')
    world.finish('half', 'max_tokens')
    expect([world.state, world.replies.length]).toEqual(['completed.unsaved', 1])
    world.setJournal('stores')
    world.clock.increment(1_000)
    expect(world.view.open).toMatchObject({ id: 't1~1', kind: 'continuation', continues: 't1', parent: 't1' })
    expect(world.messages()).toEqual([
      ['user', 'hi'],
      ['assistant', [{ type: 'text', text: 'half' }]],
      ['user', defaultSettings.continueWith],
    ])
    world.finish('whole')
    expect(world.state).toBe('completed.saved')
    // The message has one outcome: that of its last turn.
    expect(world.types().filter((type) => type.startsWith('turn.'))).toEqual(['turn.continued', 'turn.completed'])
    expect(world.told('turn.continued')).toEqual([{ type: 'turn.continued', turnId: 't1', by: 't1~1' }])
    expect(world.told('turn.completed')).toEqual([{ type: 'turn.completed', turnId: 't1~1' }])
  })

  it('is continued up to maxContinuations times', () => {
    const world = asked({ onTruncated: 'continue', maxContinuations: 2 })
    for (let replies = 0; replies < 3; replies++) world.finish('half', 'max_tokens')
    expect(world.state).toBe('completed.saved')
    expect(world.view.turns.map(({ id }) => id)).toEqual(['t1', 't1~1', 't1~2'])
    world.say('and more')
    world.finish('half', 'max_tokens')
    expect(world.view.open).toMatchObject({ kind: 'continuation', continues: 't2' })
  })

  it('is continued before the queue', () => {
    const world = asked({ onTruncated: 'continue', whenBusy: 'queue' })
    world.say('later')
    world.finish('half', 'max_tokens')
    expect(world.view.open?.kind).toBe('continuation')
    world.finish('whole')
    expect(world.view.open?.input).toBe('later')
  })

  it.each<readonly [string, Parameters<World['reply']>[0]]>([
    ['structured output', { content: [{ type: 'text', text: '{"a":' }], stopReason: 'max_tokens', structured: true }],
    ['a thought and no words', { content: [{ type: 'thinking', thinking: 'Hm' }], stopReason: 'max_tokens' }],
    ['nothing', { content: [], stopReason: 'max_tokens' }],
  ])('is not continued where it is %s', (_, cut) => {
    const world = asked({ onTruncated: 'continue' })
    world.reply(cut)
    expect([world.state, world.replies.length]).toEqual(['completed.saved', 1])
  })

  it('is kept when its continuation is refused, whose kind `decide` gets', () => {
    const world = asked({ onTruncated: 'continue' })
    world.finish('half', 'max_tokens')
    world.refuse()
    expect(world.decisions.at(-1)?.input).toMatchObject({ turnId: 't1~1', kind: 'continuation' })
    world.decideTo('drop-turn')
    expect([world.state, world.view.head]).toEqual(['idle', 't1'])
  })
})

describe('other stop reasons', () => {
  it.each(['stop_sequence', 'brand_new', 'tool_use'])('%s completes the turn', (stopReason) => {
    const world = asked({ onTruncated: 'continue' })
    world.finish('text', stopReason)
    expect(world.state).toBe('completed.saved')
  })

  it('end_turn without text is not sent again', () => {
    const world = asked({ onTruncated: 'continue' })
    world.finish('')
    expect([world.state, world.replies.length]).toEqual(['completed.saved', 1])
  })
})
