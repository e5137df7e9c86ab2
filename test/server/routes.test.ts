// The routes of the server, one after another, as a client uses them.
import { describe, expect, it } from 'vitest'
import { allOf, eventsOf, staged, upTo } from './stage.ts'

const waiting = { prefer: 'respond-async' }

describe('a conversation over HTTP', () => {
  it('is created, listed, read, named and erased', async () => {
    const { json } = staged()
    const made = await json('POST', '/v1/conversations', { id: 'c1', title: 'Bees' })
    expect([made.status, made.headers.get('location')]).toEqual([201, '/v1/conversations/c1'])
    expect(made.body).toMatchObject({ id: 'c1', title: 'Bees', status: 'ready', canSend: true, messages: [] })
    expect(made.headers.get('turnstate-version')).toBe('1')
    await json('PATCH', '/v1/conversations/c1', { title: 'Wasps', model: 'm2' })
    expect((await json('GET', '/v1/conversations/c1')).body).toMatchObject({ title: 'Wasps', model: 'm2' })
    expect((await json('GET', '/v1/conversations')).body).toMatchObject({
      conversations: [{ id: 'c1', title: 'Wasps' }],
      next: null,
    })
    expect((await json('DELETE', '/v1/conversations/c1')).status).toBe(204)
    expect((await json('GET', '/v1/conversations/c1')).status).toBe(404)
  })

  it('answers a message with the events of its turn, each with an id, and ends with the outcome', async () => {
    const { ask, asked, created } = staged()
    const path = await created()
    const response = await ask('POST', `${path}/messages`, { input: 'hi' })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    ;(await asked(1)).answer('hello')
    const events = await allOf(response)
    expect(events.map(({ event }) => event)).toEqual(['attempt.started', 'delta', 'turn.completed'])
    expect(events.every(({ id }) => /^\d+\.\d+\.[\w-]+\.\d+$/.test(id))).toBe(true)
    expect(events.at(-1)?.data).toMatchObject({
      message: response.headers.get('turnstate-turn'),
      outcome: { status: 'completed', text: 'hello' },
    })
  })

  it('answers 202 where the client prefers that, once the message is stored', async () => {
    const { json, asked, created, store } = staged()
    const path = await created()
    const { status, body, headers } = await json('POST', `${path}/messages`, { input: 'hi' }, waiting)
    expect([status, headers.get('preference-applied')]).toEqual([202, 'respond-async'])
    expect(headers.get('location')).toBe(`${path}/events?turn=${body.turnId}`)
    const stored: string[] = []
    for await (const page of store.facts('c1')) stored.push(...page.map(({ type }) => type))
    expect(stored).toContain('turn.opened')
    expect(body.revision).toBe(stored.length)
    ;(await asked(1)).answer('hello')
  })

  it('follows a conversation: the whole first, then what changes', async () => {
    const { ask, json, asked, created } = staged()
    const path = await created()
    const events = eventsOf(await ask('GET', `${path}/events`))
    expect((await upTo(events, 'conversation')).at(-1)?.data).toMatchObject({ id: 'c1', messages: [] })
    await json('POST', `${path}/messages`, { input: 'hi' }, waiting)
    ;(await asked(1)).answer('hello')
    const seen = await upTo(events, 'turn.completed')
    expect(seen.filter(({ event }) => event === 'delta').map(({ data }) => data.text)).toEqual(['hello'])
    const last = await upTo(events, 'change')
    expect(last.at(-1)?.data).toMatchObject({ status: 'ready' })
    expect(last.at(-1)?.data.messages.items.at(-1)).toMatchObject({ status: 'complete', parts: [{ text: 'hello' }] })
    await events.return()
  })

  it('stops, retries, regenerates, edits and switches between branches', async () => {
    const { json, asked, created } = staged()
    const path = await created()
    const first = await json('POST', `${path}/messages`, { input: 'one' }, waiting)
    ;(await asked(1)).say('half')
    expect((await json('POST', `${path}/stop`)).body).toMatchObject({ status: 'ready' })
    await json('POST', `${path}/retry`, undefined, waiting)
    ;(await asked(2)).answer('whole')
    const done = async () => {
      for (;;) {
        const { body } = await json('GET', path)
        if (body.status === 'ready') return body
      }
    }
    const settled = await done()
    const turnId = settled.messages.at(-1).turnId
    await json('POST', `${path}/regenerate`, {}, waiting)
    ;(await asked(3)).answer('again')
    await done()
    await json('PUT', `${path}/messages/${turnId}`, { input: 'two' }, waiting)
    ;(await asked(4)).answer('other')
    expect((await done()).messages.at(-1)).toMatchObject({ parts: [{ text: 'other' }] })
    expect((await json('POST', `${path}/head`, { turnId })).status).toBe(200)
    expect((await json('POST', `${path}/clear`)).status).toBe(200)
    expect(first.body.turnId).not.toBe(turnId)
  })

  it('is forked', async () => {
    const { ask, json, asked, created } = staged()
    const path = await created()
    const response = await ask('POST', `${path}/messages`, { input: 'one' })
    ;(await asked(1)).answer('first')
    await allOf(response)
    const { status, body } = await json('POST', `${path}/fork`, { id: 'c2' })
    expect([status, body.id, body.messages.length]).toEqual([201, 'c2', 2])
    expect((await json('POST', `${path}/fork`, { id: 'c2' })).body.code).toBe('conversation-exists')
  })

  it('says what the next request carries, what was spent, and what branches there are', async () => {
    const { ask, json, asked, created } = staged()
    const path = await created()
    const response = await ask('POST', `${path}/messages`, { input: 'one' })
    ;(await asked(1)).answer('first')
    await allOf(response)
    expect((await json('GET', `${path}/history`)).body.history).toMatchObject([{ role: 'user' }, { role: 'assistant' }])
    expect((await json('GET', `${path}/usage`)).body).toMatchObject({ usage: { inputTokens: 3 }, refusals: [] })
    const turnId = response.headers.get('turnstate-turn')
    expect((await json('GET', `${path}/branches/${turnId}`)).body).toMatchObject([{ turnId }])
    expect((await json('GET', `${path}/branches/unknown`)).status).toBe(404)
    expect((await json('GET', `${path}/turns?turn=${turnId}&turn=unknown`)).body.turns).toEqual([
      expect.objectContaining({
        turnId,
        branches: [expect.objectContaining({ turnId })],
        withdrawnBy: null,
        cost: null,
      }),
    ])
    expect((await json('GET', `${path}/turns`)).body).toEqual({ turns: [] })
    const many = Array.from({ length: 201 }, (_, index) => `turn=${index}`).join('&')
    expect((await json('GET', `${path}/turns?${many}`)).body.code).toBe('request-malformed')
    expect((await json('PATCH', path, { budget: { tokens: -1 } })).body.code).toBe('budget-invalid')
    expect((await json('PATCH', path, { budget: { tokens: 5 } })).status).toBe(200)
    expect((await json('POST', `${path}/messages`, { input: 'two' }, waiting)).status).toBe(202)
  })

  it('is read as JSON, Markdown and a web page', async () => {
    const { ask, json, asked, created } = staged()
    const path = await created()
    const response = await ask('POST', `${path}/messages`, { input: 'one' })
    ;(await asked(1)).answer('<b>first</b>')
    await allOf(response)
    expect((await json('GET', `${path}/transcript`)).body.messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant' },
    ])
    expect(await (await ask('GET', `${path}/transcript?format=md`)).text()).toContain('## Claude')
    const page = await ask('GET', `${path}/transcript?format=html`)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(await page.text()).toContain('&lt;b&gt;first')
    expect((await json('GET', `${path}/transcript?format=pdf`)).body).toMatchObject({
      code: 'request-malformed',
      status: 400,
    })
  })
})

describe('the server', () => {
  it('says that it is up and ready, what it counts, and what it takes', async () => {
    const { ask, json, asked, created } = staged()
    expect((await json('GET', '/healthz')).body).toEqual({ status: 'ok' })
    expect((await json('GET', '/readyz')).body).toEqual({ status: 'ready' })
    const path = await created()
    const response = await ask('POST', `${path}/messages`, { input: 'one' })
    ;(await asked(1)).answer('first')
    await allOf(response)
    const metrics = await (await ask('GET', '/metrics')).text()
    expect(metrics).toContain('turnstate_turns_total{outcome="completed"} 1')
    expect(metrics).toContain('turnstate_open_conversations 1')
    const { body } = await json('GET', '/openapi.json')
    expect(body.openapi).toBe('3.1.0')
    expect(Object.keys(body.paths)).toContain('/v1/conversations/{id}/messages')
  })

  it('answers what it does not know with a problem', async () => {
    const { json } = staged()
    expect(await json('GET', '/nothing')).toMatchObject({ status: 404, body: { code: 'route-unknown' } })
    expect(await json('DELETE', '/v1/conversations')).toMatchObject({
      status: 405,
      body: { code: 'method-not-allowed' },
    })
    const unknown = await json('GET', '/v1/conversations/nope')
    expect(unknown).toMatchObject({ status: 404, body: { code: 'conversation-unknown' } })
    expect(unknown.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  })
})
