// Streams that are cut and resumed: nothing is missed, nothing is repeated, nothing that was refused comes back.
import { describe, expect, it } from 'vitest'
import { Picture } from '../../src/client/picture.ts'
import { memoryStore } from '../../src/index.ts'
import { numbered } from '../../src/journal/index.ts'
import { allOf, eventsOf, moment, type Sent, staged, upTo } from './stage.ts'

const waiting = { prefer: 'respond-async' }
const names = (events: readonly Sent[]) => events.map(({ event }) => event)

describe('a stream that resumes', () => {
  it('gets what came meanwhile, once, in the same process', async () => {
    const { ask, json, asked, created } = staged()
    const path = await created()
    const events = eventsOf(await ask('GET', `${path}/events?frame=0`))
    await upTo(events, 'conversation')
    await json('POST', `${path}/messages`, { input: 'hi' }, waiting)
    const reply = await asked(1)
    reply.say('one ', 'two ')
    const seen = await upTo(events, 'delta')
    await events.return()
    reply.push({ type: 'block.delta', index: 0, kind: 'text', text: 'three' })
    reply.stop('end_turn')
    const last = seen.at(-1)
    const again = eventsOf(await ask('GET', `${path}/events?frame=0`, undefined, { 'last-event-id': last?.id ?? '' }))
    const rest = await upTo(again, 'turn.completed')
    await again.return()
    const text = [...seen, ...rest].filter(({ event }) => event === 'delta').map(({ data }) => data.text)
    expect(text.join('')).toBe('one two three')
    expect(names(rest)).not.toContain('conversation')
    const ids = [...seen, ...rest].map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('gets the outcomes that it missed, once, from another process, and the whole conversation', async () => {
    const store = memoryStore()
    const first = staged({}, store)
    const path = await first.created()
    const events = eventsOf(await first.ask('GET', `${path}/events`))
    const [begun] = await upTo(events, 'conversation')
    await first.json('POST', `${path}/messages`, { input: 'one' }, waiting)
    ;(await first.asked(1)).answer('first')
    const told = await upTo(events, 'turn.completed')
    await first.json('POST', `${path}/messages`, { input: 'two' }, waiting)
    ;(await first.asked(2)).answer('second')
    await upTo(events, 'turn.completed')
    await events.return()
    await first.server.close()
    const second = staged({}, store)
    const resume = async (id: string | undefined) => {
      const stream = eventsOf(await second.ask('GET', `${path}/events`, undefined, { 'last-event-id': id ?? '' }))
      const found = await upTo(stream, 'conversation')
      await stream.return()
      return found
    }
    const afterBoth = (found: readonly Sent[]) =>
      found.filter(({ event }) => event === 'turn.completed').map(({ data }) => data.outcome.text)
    expect(afterBoth(await resume(begun?.id))).toEqual(['first', 'second'])
    const afterOne = await resume(told.at(-1)?.id)
    expect(afterBoth(afterOne)).toEqual(['second'])
    expect(afterOne.at(-1)?.data.messages).toHaveLength(4)
    // The id of what was replayed does not repeat it.
    expect(afterBoth(await resume(afterOne[0]?.id))).toEqual([])
    expect(afterBoth(await resume('an id of somebody else'))).toEqual([])
  })

  it('gets the outcome of a message that ended after another one was taken back, from another process', async () => {
    const store = memoryStore()
    const first = staged({}, store)
    const path = await first.created()
    const events = eventsOf(await first.ask('GET', `${path}/events`))
    await upTo(events, 'conversation')
    await first.json('POST', `${path}/messages`, { input: 'one' }, waiting)
    const reply = await first.asked(1)
    const { body } = await first.json('POST', `${path}/messages`, { input: 'two' }, waiting)
    await first.json('PATCH', `${path}/queue`, { withdraw: body.turnId })
    const withdrawn = (await upTo(events, 'turn.stopped')).at(-1)
    await events.return()
    reply.answer('first')
    await first.server.close()
    const second = staged({}, store)
    const again = await second.ask('GET', `${path}/events`, undefined, { 'last-event-id': withdrawn?.id ?? '' })
    const found = await upTo(eventsOf(again), 'conversation')
    expect(found.filter(({ data }) => 'outcome' in data).map(({ data }) => data.outcome.text)).toEqual(['first'])
    await second.server.close()
  })

  it('follows a conversation that another process writes', async () => {
    const store = memoryStore()
    const [writer, viewer] = [staged({}, store), staged({}, store)]
    const path = await writer.created()
    const events = eventsOf(await viewer.ask('GET', `${path}/events`))
    await upTo(events, 'conversation')
    await writer.json('POST', `${path}/messages`, { input: 'one' }, waiting)
    ;(await writer.asked(1)).answer('first')
    const told = await upTo(events, 'turn.completed')
    expect(told.at(-1)?.data.outcome).toMatchObject({ status: 'completed', text: 'first' })
    const { data } = (await upTo(events, 'change')).at(-1) ?? {}
    expect(data.messages.items.at(-1)).toMatchObject({ parts: [{ text: 'first' }] })
    await events.return()
  })

  it('of one message ends with its outcome, and answers 204 once that was seen', async () => {
    const { ask, asked, created } = staged()
    const path = await created()
    const response = await ask('POST', `${path}/messages`, { input: 'hi' })
    const where = response.headers.get('location') ?? ''
    ;(await asked(1)).answer('hello')
    const all = await allOf(response)
    expect(names(await allOf(await ask('GET', where)))).toEqual(names(all))
    const half = await ask('GET', where, undefined, { 'last-event-id': all[0]?.id ?? '' })
    expect(names(await allOf(half))).toEqual(['delta', 'turn.completed'])
    expect((await ask('GET', where, undefined, { 'last-event-id': all.at(-1)?.id ?? '' })).status).toBe(204)
    expect((await ask('GET', `${path}/events?turn=unknown`)).status).toBe(404)
  })

  it('that reads too slowly ends, and says so', async () => {
    const { ask, json, asked, created } = staged({ limits: { events: 2_000 } })
    const path = await created()
    const slow = eventsOf(await ask('GET', `${path}/events?frame=0`))
    await upTo(slow, 'conversation')
    await json('POST', `${path}/messages`, { input: 'hi' }, waiting)
    const reply = await asked(1)
    reply.say(...Array.from({ length: 100 }, (_, nth) => `word ${nth} `))
    reply.stop('end_turn')
    for (let text = ''; !text.includes('word 99');) text = JSON.stringify((await json('GET', path)).body.messages)
    await moment()
    const brisk = eventsOf(await ask('GET', `${path}/events`))
    await upTo(brisk, 'conversation')
    const rest = []
    for await (const sent of slow) rest.push(sent)
    expect(rest.at(-1)).toMatchObject({ event: 'resume', data: { why: 'slow' } })
    await brisk.return()
  })
})

describe('a refusal', () => {
  it('reaches every viewer as a retraction; its text is sent to none that comes later', async () => {
    const { ask, json, asked, created } = staged()
    const path = await created()
    const [one, other] = [
      eventsOf(await ask('GET', `${path}/events?frame=0`)),
      eventsOf(await ask('GET', `${path}/events?frame=0`)),
    ]
    const [begun] = await upTo(one, 'conversation')
    await upTo(other, 'conversation')
    await json('POST', `${path}/messages`, { input: 'hi' }, waiting)
    const reply = await asked(1)
    reply.say('forbidden words')
    await upTo(one, 'delta')
    reply.push({
      type: 'message.delta',
      stopReason: 'refusal',
      usage: { outputTokens: 1 },
      category: 'cyber',
      explanation: null,
    })
    reply.push({ type: 'message.stopped' })
    reply.end()
    for (const viewer of [one, other]) {
      const seen = await upTo(viewer, 'turn.refused')
      expect(names(seen)).toContain('retracted')
      await viewer.return()
    }
    for (const id of [begun?.id ?? '', '']) {
      const late = eventsOf(await ask('GET', `${path}/events`, undefined, id === '' ? {} : { 'last-event-id': id }))
      const seen = id === '' ? await upTo(late, 'conversation') : await upTo(late, 'turn.refused')
      expect(JSON.stringify(seen)).not.toContain('forbidden words')
      if (id !== '') expect(names(seen)).toContain('retracted')
      await late.return()
    }
    expect((await json('GET', path)).body).toMatchObject({ refusal: { category: 'cyber' } })
  })
})

describe('a refusal in a conversation that is larger than what is kept for viewers', () => {
  const large = 'x'.repeat(50_000)

  it('cuts nobody: viewers get the difference, and those that missed more all of it', async () => {
    const { ask, json, asked, created } = staged({ onRefusal: 'drop-turn' })
    const path = await created()
    for (let nth = 1; nth <= 8; nth++) {
      const sent = await ask('POST', `${path}/messages`, { input: `${nth} ${large}` })
      ;(await asked(nth)).answer('fine')
      await allOf(sent)
    }
    expect(JSON.stringify((await json('GET', path)).body).length).toBeGreaterThan(262_144)
    const follow = async (last = '') => {
      const headers: Record<string, string> = last === '' ? {} : { 'last-event-id': last }
      return eventsOf(await ask('GET', `${path}/events?frame=0`, undefined, headers))
    }
    const [live, early, late] = [await follow(), await follow(), await follow()]
    const seen = [await upTo(live, 'conversation'), await upTo(early, 'conversation'), await upTo(late, 'conversation')]
    const [ofLive = [], ofEarly = [], ofLate = []] = seen
    await early.return()
    await json('POST', `${path}/messages`, { input: 'now this' }, waiting)
    const reply = await asked(9)
    reply.say('forbidden words')
    ofLive.push(...(await upTo(live, 'delta')))
    ofLate.push(...(await upTo(late, 'delta')))
    await late.return()
    reply.push({ type: 'message.delta', stopReason: 'refusal', usage: { outputTokens: 1 }, category: 'cyber' })
    reply.push({ type: 'message.stopped' })
    reply.end()
    const [earlyAgain, lateAgain] = [await follow(ofEarly.at(-1)?.id), await follow(ofLate.at(-1)?.id)]
    const said = await ask('POST', `${path}/messages`, { input: 'sorry' })
    ;(await asked(10)).answer('no harm')
    await allOf(said)
    const isOver = async (stream: AsyncGenerator<Sent, void>) => {
      const events: Sent[] = []
      while (!JSON.stringify(events.at(-1)?.data ?? '').includes('no harm'))
        events.push(...(await upTo(stream, 'turn.completed')))
      while (events.at(-1)?.data.status !== 'ready') events.push(...(await upTo(stream, 'change')))
      await stream.return()
      return events
    }
    const [liveRest, earlyRest, lateRest] = [await isOver(live), await isOver(earlyAgain), await isOver(lateAgain)]
    for (const rest of [liveRest, earlyRest, lateRest]) {
      expect(names(rest)).toContain('retracted')
      expect(names(rest)).not.toContain('resume')
      expect(JSON.stringify(rest)).not.toContain('forbidden words')
    }
    expect([liveRest, earlyRest, lateRest].map((rest) => names(rest).includes('conversation'))).toEqual([
      false,
      true,
      false,
    ])
    const { messages } = (await json('GET', path)).body
    for (const events of [
      [...ofLive, ...liveRest],
      [...ofEarly, ...earlyRest],
      [...ofLate, ...lateRest],
    ]) {
      const picture = new Picture()
      for (const { event, data } of events)
        if (event === 'conversation') picture.replace(data)
        else if (event === 'change') picture.change(data)
        else if (event === 'delta') picture.grow(data)
      expect(picture.state?.messages).toEqual(messages)
    }
  })
})

describe('an event that is larger than what is kept for viewers', () => {
  it('reaches all that wait for it, with what comes in the same moment', async () => {
    const { ask, asked, created } = staged()
    const path = await created()
    const follow = async (query: string) => {
      const viewer = eventsOf(await ask('GET', `${path}/events${query}`))
      await upTo(viewer, 'conversation')
      const both = async () => [...(await upTo(viewer, 'turn.completed')), ...(await upTo(viewer, 'turn.completed'))]
      return both().finally(() => void viewer.return())
    }
    // Wrapped, so that they are not waited for here.
    const followed = [{ seen: follow('') }, { seen: follow('?frame=0') }, { seen: follow('?frame=1000') }]
    for (const [nth, input] of ['x'.repeat(1_000_000), 'and then'].entries()) {
      const sent = await ask('POST', `${path}/messages`, { input })
      const reply = await asked(nth + 1)
      reply.say('y'.repeat(300_000))
      reply.stop('end_turn')
      await allOf(sent)
    }
    for (const { seen } of followed) {
      const text = (await seen).flatMap(({ event, data }) => (event === 'delta' ? [data.text] : [])).join('')
      expect(text).toBe('y'.repeat(600_000))
      expect(names(await seen)).not.toContain('resume')
    }
  })
})

describe('the server, when it shuts down', () => {
  it('lets turns in progress end, and then tells viewers to resume', async () => {
    const { server, ask, json, asked, created } = staged()
    const path = await created()
    const viewer = eventsOf(await ask('GET', `${path}/events`))
    await upTo(viewer, 'conversation')
    const response = await ask('POST', `${path}/messages`, { input: 'hi' })
    const reply = await asked(1)
    reply.say('half ')
    const closing = server.close()
    expect(await json('POST', `${path}/messages`, { input: 'more' })).toMatchObject({
      status: 503,
      body: { code: 'server-closing' },
    })
    expect((await json('GET', '/readyz')).status).toBe(503)
    reply.push({ type: 'block.delta', index: 0, kind: 'text', text: 'whole' })
    reply.stop('end_turn')
    expect((await allOf(response)).at(-1)?.data.outcome).toMatchObject({ status: 'completed', text: 'half whole' })
    const seen = await upTo(viewer, 'resume')
    expect(names(seen)).toContain('turn.completed')
    expect((await viewer.next()).done).toBe(true)
    await closing
  })
})

describe('the stream of a message that is refused', () => {
  it.each(['drop-turn', 'manual'] as const)('ends with the outcome, with the policy %s', async (onRefusal) => {
    const { ask, json, asked, created } = staged({ onRefusal })
    const path = await created()
    const viewer = eventsOf(await ask('GET', `${path}/events`))
    await upTo(viewer, 'conversation')
    const response = await ask('POST', `${path}/messages`, { input: 'hi' })
    const reply = await asked(1)
    reply.refuseAs('cyber')
    const all = await allOf(response)
    expect(names(all)).toEqual(
      onRefusal === 'manual'
        ? ['attempt.started', 'turn.refused', 'turn.refused']
        : ['attempt.started', 'turn.refused', 'context.reset', 'turn.refused'],
    )
    expect(all.at(-1)?.data.outcome).toMatchObject({ status: 'refused', refusal: { category: 'cyber' } })
    if (onRefusal === 'manual') await json('POST', `${path}/refusal`, { policy: 'drop-turn' })
    const seen = await upTo(viewer, 'context.reset')
    const outcomes = [...seen].filter(({ data }) => 'outcome' in data)
    expect(outcomes.length).toBeLessThanOrEqual(1)
    await viewer.return()
    const good = await ask('POST', `${path}/messages`, { input: 'sorry' })
    ;(await asked(2)).answer('fine')
    expect((await allOf(good)).at(-1)?.data.outcome.status).toBe('completed')
  })
})

describe('a process that dies while it answers', () => {
  it('leaves no viewer with a reply in progress: another one settles the turn once the lease is over', async () => {
    const store = memoryStore()
    const dead = await store.open('c1', { owner: 'local' })
    const facts = numbered(
      [
        { type: 'conversation.created', v: 1, id: 'c1', model: 'm1', at: 0 },
        { type: 'turn.opened', turnId: 't1', parent: null, input: 'hi', at: 0 },
      ],
      0,
    )
    await dead.append({ appendId: '0+2', expected: 0, facts })
    const { ask, json } = staged({}, store)
    const viewer = eventsOf(await ask('GET', '/v1/conversations/c1/events'))
    expect((await upTo(viewer, 'conversation')).at(-1)?.data).toMatchObject({ status: 'streaming', canSend: false })
    const busy = await json('POST', '/v1/conversations/c1/messages', { input: 'again' })
    expect([busy.status, busy.body.code, busy.headers.get('retry-after')]).toEqual([409, 'conversation-busy', '3'])
    await viewer.return()
    await dead.release()
    const next = eventsOf(await ask('GET', '/v1/conversations/c1/events'))
    const told = await upTo(next, 'turn.failed')
    expect(told.at(-1)?.data.outcome.error.code).toBe('interrupted')
    await next.return()
    expect((await json('GET', '/v1/conversations/c1')).body).toMatchObject({ status: 'error', canSend: true })
  })
})
