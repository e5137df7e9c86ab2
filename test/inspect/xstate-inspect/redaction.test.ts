// Viewers see no texts by default.
import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { tool } from '../../../src/index.ts'
import { type XStateInspectOptions, xstateInspect } from '../../../src/inspect/xstate-inspect/index.ts'
import { toPlain } from '../../../src/inspect/xstate-inspect/plain.ts'
import { redactContext, redactEvent } from '../../../src/inspect/xstate-inspect/redact.ts'
import { worldIn } from '../../charts/leaves.ts'
import { start } from '../../conversation/start.ts'
import { anything, turn as tick } from '../../tools/fixtures.ts'
import { requestFromHere } from './viewers.ts'

/** A connected viewer in this process. */
function viewing(chat: Parameters<typeof xstateInspect>[0], options: Partial<XStateInspectOptions> = {}) {
  const sent: string[] = []
  const socket = Object.assign(new EventEmitter(), { send: (data: string) => void sent.push(data) })
  const server = new EventEmitter()
  const inspection = xstateInspect(chat, { ...options, server })
  server.emit('connection', socket, requestFromHere)
  const ask = () => socket.emit('message', Buffer.from('{"type":"xstate.inspecting"}'), false)
  return { sent, socket, inspection, ask }
}

/** A conversation in which every text has the word secret: said, thought, called, given, denied, refused, rephrased. */
async function secrets(options: Partial<XStateInspectOptions>) {
  const talk = start({
    onRefusal: { rephrase: () => 'secret other words' },
    request: { system: 'secret system' },
    tools: [
      tool({ name: 'look', input: anything, run: () => 'secret result' }),
      tool({ name: 'ask', input: anything, run: () => 'secret', needsApproval: true }),
      { name: 'form', input_schema: { type: 'object' } },
    ],
    whenBusy: 'queue',
  })
  const { chat, ask, asked } = talk
  const viewer = viewing(chat, options)
  viewer.ask()
  const first = await ask('secret question')
  chat.sendMessage('secret in the queue')
  first.reply.give([
    { type: 'thinking', thinking: 'secret thought', signature: 'secret' },
    { type: 'text', text: 'secret words' },
    { type: 'tool_use', id: 'k1', name: 'look', input: { a: 'secret' } },
    { type: 'tool_use', id: 'k2', name: 'ask', input: { a: 'secret' } },
    { type: 'tool_use', id: 'k3', name: 'form', input: { a: 'secret' } },
  ])
  for (let n = 0; n < 5; n++) await tick()
  viewer.ask()
  chat.denyTool('k2', 'secret reason')
  chat.answerTool('k3', 'secret answer')
  const second = await asked(2)
  second.say('secret part')
  second.stop('refusal', { category: 'cyber', explanation: 'secret explanation' })
  const third = await asked(3)
  third.throw(new Error('secret failure'))
  await first.turn
  chat.releaseQueue()
  const last = await asked(4)
  last.say('secret half')
  for (let n = 0; n < 5; n++) await tick()
  chat.stop()
  viewer.ask()
  await chat.close()
  return { ...viewer, chat }
}

describe('without includeText', () => {
  it('no text of anyone is sent, whatever happens', async () => {
    const { sent } = await secrets({})
    expect(sent.length).toBeGreaterThan(60)
    expect(sent.filter((message) => message.includes('secret'))).toEqual([])
    expect(sent.filter((message) => message.includes('reply.refused')).length).toBeGreaterThan(0)
  })

  it('events keep everything other than text', () => {
    const usage = { inputTokens: 1, outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0 }
    expect(
      redactEvent({
        type: 'reply.finished',
        model: 'm1',
        stopReason: 'end_turn',
        promptHash: 'p',
        content: [{ type: 'text', text: 'x' }],
        usage,
      }),
    ).toEqual({ type: 'reply.finished', model: 'm1', stopReason: 'end_turn', usage })
    expect(
      redactEvent({
        type: 'reply.failed',
        retryable: true,
        failure: { code: 'overloaded', message: 'x', status: 529 },
        partial: {},
      }),
    ).toMatchObject({ failure: { code: 'overloaded', status: 529, message: expect.not.stringContaining('x') } })
    expect(
      redactEvent({
        type: 'reply.refused',
        refusal: { category: 'cyber', explanation: 'x', textShown: true, model: 'm1' },
      }),
    ).toEqual({ type: 'reply.refused', refusal: { category: 'cyber', textShown: true, model: 'm1' } })
    expect(
      redactEvent({ type: 'user.send', turnId: 't1', input: 'x', system: 'x', at: 1, metadata: { a: 'x' } }),
    ).toEqual({
      type: 'user.send',
      turnId: 't1',
      at: 1,
    })
    expect(redactEvent({ type: 'tool.deny', callId: 'k1', reason: 'x' })).toEqual({ type: 'tool.deny', callId: 'k1' })
  })

  it.each([
    ['drop-turn', 'drop-turn'],
    [{ rewind: 2 }, { rewind: 2 }],
    [
      { fallback: 'm2', from: 'this-turn' },
      { fallback: 'm2', from: 'this-turn' },
    ],
    [{ rephrase: 'words' }, { rephrase: null }],
  ])('the policy %o is shown as %o', (policy, shown) => {
    expect(redactEvent({ type: 'refusal.resolve', policy })).toEqual({ type: 'refusal.resolve', policy: shown })
  })

  it('a context is a summary of constant size', async () => {
    const { chat, exchange } = start()
    await exchange('one', 'two')
    const size = JSON.stringify(redactContext('conversation', chat.actor.getSnapshot().context)).length
    for (let n = 0; n < 20; n++) await exchange('more', 'and more')
    const summary = redactContext('conversation', chat.actor.getSnapshot().context)
    expect(JSON.stringify(summary).length).toBeLessThan(size + 20)
    expect(summary).toMatchObject({
      id: 'c1',
      model: 'm1',
      head: 't21',
      turns: 21,
      lastTurn: { id: 't21', status: 'completed' },
      openTurn: null,
      queued: 0,
      attempt: 1,
      tries: 1,
      failure: null,
      usage: { inputTokens: 63 },
    })
  })

  it.each([
    ['a failed attempt', 'waitingToRetry', { attempt: 2, tries: 2, failure: { code: 'overloaded' }, unsaved: 0 }],
    ['facts that are not stored', 'completed.saving', { attempt: 1, tries: 1, failure: null, unsaved: 2 }],
    ['a journal that fails', 'completed.unsaved', { unsaved: 2, journalFailure: { code: 'journal-write-failed' } }],
  ])('a context shows %s', (_, leaf, expected) => {
    expect(redactContext('conversation', worldIn(leaf).actor.getSnapshot().context)).toMatchObject(expected)
  })

  it('nothing of an unknown chart is shown', () => {
    expect(redactContext('other', { secret: 1 })).toEqual({})
  })
})

describe('with includeText', () => {
  it('everything is sent', async () => {
    const { sent } = await secrets({ includeText: true })
    const all = sent.join('')
    for (const words of [
      'question',
      'in the queue',
      'thought',
      'words',
      'result',
      'reason',
      'answer',
      'explanation',
      'other words',
      'failure',
      'half',
    ])
      expect(all).toContain(`secret ${words}`)
  })
})

describe('an inspection without viewers', () => {
  it('costs nothing: no context and no event is read', async () => {
    const { chat, exchange } = start()
    const { sent, ask } = viewing(chat, { includeText: true })
    await exchange('one', 'two')
    expect(sent).toEqual([])
    ask()
    expect(sent.length).toBe(1)
    expect(JSON.parse(String(JSON.parse(sent[0] ?? '').state))).toMatchObject({
      value: { completed: 'saved' },
      _event: { name: 'journal.saved' },
    })
  })
})

describe('an inspector that throws', () => {
  const bomb = {
    toJSON: () => {
      throw new Error('bomb')
    },
  }

  it('does not end the conversation', () => {
    const { chat } = start()
    const { ask } = viewing(chat, { includeText: true })
    ask()
    chat.actor.send({ type: 'model.switch', model: 'm2', more: bomb } as never)
    chat.setModel('m3')
    expect([chat.model, chat.actor.getSnapshot().status]).toEqual(['m3', 'active'])
  })
})

describe('plain values', () => {
  it('are JSON, whatever their source', () => {
    const round: Record<string, unknown> = { a: 1 }
    round['self'] = round
    const shared = { b: 2 }
    expect(
      toPlain({
        round,
        twice: [shared, shared],
        set: new Set([1]),
        map: new Map([['k', new Set([2])]]),
        big: 10n,
        run: () => {},
        symbol: Symbol('x'),
        none: null,
        date: new Date(0),
        error: new TypeError('no'),
        actor: start().chat.actor,
      }),
    ).toEqual({
      round: { a: 1, self: '[Circular]' },
      twice: [{ b: 2 }, { b: 2 }],
      set: [1],
      map: { k: [2] },
      big: '10',
      run: undefined,
      symbol: undefined,
      none: null,
      date: '1970-01-01T00:00:00.000Z',
      error: { name: 'TypeError', message: 'no' },
      actor: { id: expect.stringMatching(/^x:/) },
    })
  })
})
