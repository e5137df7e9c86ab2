import { describe, expect, it, vi } from 'vitest'
import type { ConversationNotice } from '../../src/index.ts'
import { connected, until } from './connected.ts'
import { ready } from './test-clock.ts'
import { problem, WireServer } from './wire-server.ts'

const offline = async () => {
  const world = await connected()
  world.server.mishaps.push('unreachable', 'unreachable')
  world.server.cutAfter(0)
  await ready()
  world.clock.next()
  await ready()
  expect(world.chat.connection).toBe('offline')
  return world
}

const posts = (server: WireServer, path: string) => server.requests.filter((request) => request.path === path)

describe('a message over HTTP', () => {
  it('is sent once with a key of its own, and has the id, the events and the outcome that the server gives it', async () => {
    const { chat, server } = await connected()
    const turn = chat.sendMessage('Hello')
    const key = turn.id
    await ready()
    expect(turn.id).toBe(`turn-${key}`)
    const [request] = server.requests
    expect(request).toMatchObject({ method: 'POST', path: '/c1/messages', body: { input: 'Hello' } })
    expect(request?.headers.get('idempotency-key')).toBe(key)
    expect(request?.headers.get('prefer')).toBe('respond-async')
    expect(request?.headers.get('content-type')).toBe('application/json')
    server.say('text', 'Good day.')
    server.retract()
    server.say('text', 'Good evening.')
    server.continue()
    server.say('text', 'And more.')
    server.settle('completed')
    const outcome = await turn
    expect(outcome).toEqual(server.outcomes.get(turn.id))
    const events: ConversationNotice[] = []
    for await (const event of turn) events.push(event)
    expect(events.map((event) => (event.type === 'delta' ? event.text : event.type))).toEqual([
      'attempt.started',
      'retracted',
      'Good evening.',
      'turn.continued',
      'And more.',
      'turn.completed',
    ])
  })

  it('waits while the server cannot be reached, and is sent once when it can', async () => {
    const { chat, server, clock } = await offline()
    const turn = chat.sendMessage('Hello')
    await ready()
    expect(server.requests).toEqual([])
    // It arrives, but its answer does not.
    server.mishaps.splice(0)
    await until(clock, () => chat.connection === 'online')
    expect(posts(server, '/c1/messages')).toHaveLength(1)
    server.settle('completed')
    expect((await turn).status).toBe('completed')
  })

  it('is sent again with the same key when its answer is lost', async () => {
    const { chat, server, clock } = await connected()
    server.mishaps.push('answer-lost', 'bad-gateway', 'closing', 'portal')
    const turn = chat.sendMessage('Hello')
    const key = turn.id
    await until(clock, () => posts(server, '/c1/messages').length === 2)
    const keys = posts(server, '/c1/messages').map(({ headers }) => headers.get('idempotency-key'))
    expect(keys).toEqual([key, key])
    expect(server.opened).toEqual([turn.id])
    server.settle('completed')
    expect((await turn).status).toBe('completed')
  })

  it('waits while another process has the conversation, which a crashed one has for a moment, but not for one that says no', async () => {
    const { chat, server, clock } = await connected()
    let asked = 0
    server.answer = ({ method }) =>
      method === 'POST' && ++asked <= 2 ? problem(409, 'conversation-busy', { retryAfter: 3 }) : null
    const turn = chat.sendMessage('Hello')
    await ready()
    expect([asked, clock.waits.some((wait) => wait >= 3_000)]).toEqual([1, true])
    await until(clock, () => asked === 3)
    server.settle('completed')
    expect((await turn).status).toBe('completed')
    server.answer = ({ method }) => (method === 'POST' ? problem(409, 'conversation-busy') : null)
    expect((await chat.sendMessage('Again')).error?.code).toBe('conversation-busy')
  })

  it('is sent again with the same key when the answer does not come in time', async () => {
    const { chat, server, clock } = await connected({ timeout: 1_000 })
    let asked = 0
    server.answer = ({ method }) => {
      if (method !== 'POST' || ++asked > 1) return null
      return new Promise(() => {})
    }
    // Only a fetch that minds its signal ends.
    const turn = chat.sendMessage('Hello')
    await ready()
    expect(asked).toBe(1)
    expect(turn.id).not.toBe('')
    expect(clock.waits).toContain(1_000)
  })

  it('keeps its outcome when that is announced before the message is answered', async () => {
    const { chat, server } = await connected()
    let answer: (response: Response) => void = () => {}
    server.answer = ({ method, headers, body }) => {
      if (method !== 'POST') return null
      server.send(headers.get('idempotency-key') ?? '', String(body['input']))
      return new Promise((resolve) => {
        answer = resolve
      })
    }
    const turn = chat.sendMessage('Hello')
    await ready()
    server.say('text', 'Good day.')
    server.settle('completed')
    await ready()
    answer(new Response(`{"turnId":"${turn.id}","revision":1}`, { headers: { 'turnstate-version': '1' } }))
    expect(await turn).toMatchObject({ status: 'completed', text: 'Good day.' })
  })

  it('keeps its place among everything that is sent', async () => {
    const { chat, server, clock } = await offline()
    void chat.setModel('m2')
    void chat.sendMessage('one')
    void chat.setTitle('Weather')
    void chat.sendMessage('two')
    void chat.stop()
    await until(clock, () => server.requests.length === 5)
    expect(server.requests.map(({ path, body }) => [path, ...Object.values(body)])).toEqual([
      ['/c1', 'm2'],
      ['/c1/messages', 'one'],
      ['/c1', 'Weather'],
      ['/c1/messages', 'two'],
      ['/c1/stop'],
    ])
  })

  it('fails with the error of a server that does not take it', async () => {
    const { chat, server } = await connected()
    server.answer = ({ method }) => (method === 'POST' ? problem(422, 'message-empty') : null)
    const outcome = await chat.sendMessage('')
    expect(outcome).toMatchObject({
      status: 'failed',
      text: '',
      finishReason: 'error',
      attempts: [],
      error: { code: 'message-empty', message: 'It is message-empty.', details: { status: 422 } },
    })
    expect(chat.error).toBe(outcome.error)
    server.answer = () => null
    void chat.sendMessage('Hello')
    expect(chat.error).toBeNull()
  })

  it('fails when JSON cannot hold it', async () => {
    const { chat } = await connected()
    const metadata: Record<string, unknown> = {}
    metadata['own'] = metadata
    expect(await chat.sendMessage({ text: 'Hello', metadata })).toMatchObject({
      status: 'failed',
      error: { code: 'message-invalid' },
    })
  })

  it('is never sent if its signal aborts while it waits', async () => {
    const { chat, server, clock } = await offline()
    const abort = new AbortController()
    const turn = chat.sendMessage('Hello', { signal: abort.signal })
    const later = chat.sendMessage('Hello again')
    abort.abort()
    expect(await turn).toMatchObject({ status: 'stopped', error: { code: 'aborted' } })
    await until(clock, () => server.requests.length > 0)
    expect(server.opened).toEqual([later.id])
  })

  it('is stopped, or taken out of the queue, if its signal aborts later', async () => {
    const { chat, server } = await connected()
    const [first, second] = [new AbortController(), new AbortController()]
    const running = chat.sendMessage('one', { signal: first.signal })
    const queued = chat.sendMessage('two', { signal: second.signal })
    await ready()
    expect(chat.queue.map(({ turnId }) => turnId)).toEqual([queued.id])
    second.abort()
    expect(await queued).toMatchObject({ status: 'stopped', error: { code: 'aborted' } })
    expect(posts(server, '/c1/queue').map(({ body }) => body)).toEqual([{ withdraw: queued.id }])
    first.abort()
    expect(await running).toMatchObject({ status: 'stopped', error: { code: 'aborted' } })
    expect(posts(server, '/c1/stop')).toHaveLength(1)
  })

  it('asks for an outcome that it missed', async () => {
    const { chat, server, clock } = await connected()
    const turn = chat.sendMessage('Hello')
    await ready()
    server.cutAfter(0)
    server.say('text', 'Good day.')
    server.settle('completed')
    server.forget()
    await until(clock, () => posts(server, `/c1/events?turn=${turn.id}`).length > 0)
    expect(await turn).toEqual(server.outcomes.get(turn.id))
  })

  it('sends files as content blocks, beside metadata and words of the app', async () => {
    const { chat, server } = await connected()
    const files = [
      new File([new Uint8Array([1, 2, 3])], 'bee.png', { type: 'image/png' }),
      new File(['%PDF'], 'bees.pdf', { type: 'application/pdf' }),
      new File(['About bees'], 'bees.txt', { type: 'text/plain' }),
      { type: 'image', source: { type: 'url', url: 'https://server.test/bee.png' } },
    ]
    void chat.sendMessage({ text: 'Look', files, metadata: { from: 'garden' } }, { system: 'Be short.' })
    await vi.waitUntil(() => server.requests.length > 0)
    expect(server.requests[0]?.body).toEqual({
      input: 'Look',
      system: 'Be short.',
      metadata: { from: 'garden' },
      files: [
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AQID' } },
        {
          type: 'document',
          source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERg==' },
          title: 'bees.pdf',
        },
        { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'About bees' }, title: 'bees.txt' },
        { type: 'image', source: { type: 'url', url: 'https://server.test/bee.png' } },
      ],
    })
    const failed = await chat.sendMessage({ files: [{ path: '/etc/passwd' }] })
    expect(failed.error?.code).toBe('file-unreadable')
  })
})

describe('other methods over HTTP', () => {
  it.each<[string, (chat: Awaited<ReturnType<typeof connected>>['chat']) => unknown, string, string, object]>([
    ['stop', (chat) => chat.stop(), 'POST', '/c1/stop', {}],
    ['retry', (chat) => chat.retry(), 'POST', '/c1/retry', {}],
    ['regenerate', (chat) => chat.regenerate('a/b'), 'POST', '/c1/regenerate', { turnId: 'a/b' }],
    [
      'regenerate by force',
      (chat) => chat.regenerate('t', { force: true }),
      'POST',
      '/c1/regenerate',
      { turnId: 't', force: true },
    ],
    ['editMessage', (chat) => chat.editMessage('a/b', 'Hi'), 'PUT', '/c1/messages/a%2Fb', { input: 'Hi' }],
    ['switchTo', (chat) => chat.switchTo(null), 'POST', '/c1/head', { turnId: null }],
    ['approveTool', (chat) => chat.approveTool('x y'), 'POST', '/c1/approvals/x%20y', { approved: true }],
    ['denyTool', (chat) => chat.denyTool('x', 'No'), 'POST', '/c1/approvals/x', { approved: false, reason: 'No' }],
    [
      'answerTool',
      (chat) => chat.answerTool('x', { sky: 'blue' }),
      'POST',
      '/c1/answers/x',
      { result: { sky: 'blue' } },
    ],
    ['resolveRefusal', (chat) => chat.resolveRefusal('clear'), 'POST', '/c1/refusal', { policy: 'clear' }],
    ['resolveRejection', (chat) => chat.resolveRejection('repair'), 'POST', '/c1/rejection', { policy: 'repair' }],
    ['clear', (chat) => chat.clear(), 'POST', '/c1/clear', {}],
    ['compact', (chat) => chat.compact(), 'POST', '/c1/compact', {}],
    ['setModel', (chat) => chat.setModel('m2'), 'PATCH', '/c1', { model: 'm2' }],
    ['setTitle', (chat) => chat.setTitle(null), 'PATCH', '/c1', { title: null }],
    ['withdraw', (chat) => chat.withdraw('t'), 'PATCH', '/c1/queue', { withdraw: 't' }],
    ['releaseQueue', (chat) => chat.releaseQueue(), 'PATCH', '/c1/queue', { release: true }],
  ])('%s asks the server', async (_, call, method, path, body) => {
    const { chat, server } = await connected()
    void call(chat)
    await ready()
    expect(server.requests).toMatchObject([{ method, path, body }])
    expect(Object.keys(server.requests[0]?.body ?? {})).toEqual(Object.keys(body))
  })

  it('resolve once what they change is shown', async () => {
    const { chat } = await connected()
    await chat.setTitle('Weather')
    expect(chat.title).toBe('Weather')
  })

  it('reject with the error of the server, which need not be caught', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    const { chat, server } = await connected()
    server.answer = ({ method }) => (method === 'POST' ? problem(404, 'call-unknown') : null)
    void chat.approveTool('x')
    await ready()
    expect(chat.error?.code).toBe('call-unknown')
    await expect(chat.denyTool('x')).rejects.toMatchObject({ code: 'call-unknown' })
    await ready()
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  it('branches asks for the siblings of a turn', async () => {
    const { chat, server } = await connected()
    server.answer = ({ path }) =>
      path === '/c1/branches/t1' ? new Response('[{"turnId":"t1"}]', { headers: { 'turnstate-version': '1' } }) : null
    expect(await chat.branches('t1')).toEqual([{ turnId: 't1' }])
  })

  it('fork gives a client of the new conversation', async () => {
    const { chat, server } = await connected()
    const fork = await chat.fork('t1', { id: 'c2' })
    expect(posts(server, '/c1/fork').map(({ body }) => body)).toEqual([{ turnId: 't1', id: 'c2' }])
    expect(fork.id).toBe('c2')
    await fork.close()
  })

  it('close ends the connection and nothing else', async () => {
    const { chat, server, clock } = await connected()
    const running = chat.sendMessage('one')
    await ready()
    server.mishaps.push('answer-lost')
    const unsent = chat.sendMessage('two')
    const calls: string[] = []
    chat.subscribe(() => void calls.push(chat.status))
    await ready()
    calls.length = 0
    await chat.close()
    await chat.close()
    expect(await running).toMatchObject({ status: 'failed', error: { code: 'conversation-closed' } })
    expect(await unsent).toMatchObject({ status: 'stopped', error: { code: 'conversation-closed' } })
    await ready()
    expect(calls).toEqual(['closed'])
    expect(server.openTurn).toBe(running.id)
    expect(server.viewers).toBe(0)
    expect(clock.waits).toEqual([])
    expect(() => chat.sendMessage('three')).toThrow(expect.objectContaining({ code: 'conversation-closed' }))
  })
})
