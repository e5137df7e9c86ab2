import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { Conversation, SendOptions, Turn } from '../../src/index.ts'
import { start, until } from './start.ts'

const call = { type: 'tool_use', id: 'k1', name: 'ask', input: {} }
const ask = { name: 'ask', input_schema: { type: 'object' as const } }

type Way = (chat: Conversation, options: SendOptions) => Turn

const ways: Readonly<Record<string, Way>> = {
  sendMessage: (chat, options) => chat.sendMessage('More', options),
  'sendMessage with a file': (chat, options) =>
    chat.sendMessage({ text: 'Read', files: [new File(['x'], 'x.txt', { type: 'text/plain' })] }, options),
  editMessage: (chat, options) => chat.editMessage('t1', 'Other words', options),
  regenerate: (chat, options) => chat.regenerate('t1', options),
  retry: (chat, options) => chat.retry(options),
  compact: (chat, options) => chat.compact(options),
}

/** A conversation with a completed turn and a stopped one that can be retried. */
async function startedWith(options: Parameters<typeof start>[0] = {}) {
  const world = start(options)
  await world.exchange('Hello', 'Hi')
  const { turn, reply } = await world.ask('And?')
  reply.say('Well')
  world.chat.stop()
  await turn
  return { ...world, before: world.replies.length }
}

describe.each(Object.entries(ways))('%s()', (_, way) => {
  it('sends nothing and settles as stopped when its signal has already aborted', async () => {
    const { chat, replies, before } = await startedWith()
    const told: string[] = []
    chat.on('turn.stopped', ({ turnId }) => told.push(turnId))
    const turn = way(chat, { signal: AbortSignal.abort() })
    expect(await turn).toMatchObject({ status: 'stopped', error: { code: 'aborted' } })
    expect([replies.length, chat.status, told]).toEqual([before, 'ready', [turn.id]])
  })

  it('stops when its signal aborts during the reply', async () => {
    const { chat, asked, before } = await startedWith()
    const abort = new AbortController()
    const turn = way(chat, { signal: abort.signal })
    const reply = await asked(before + 1)
    reply.say('Once')
    abort.abort()
    expect(await turn).toMatchObject({ status: 'stopped', error: { code: 'aborted' } })
    expect(reply.signal.aborted).toBe(true)
  })

  it('stops when its signal aborts before the request is made', async () => {
    const { chat, replies, before } = await startedWith()
    const abort = new AbortController()
    const turn = way(chat, { signal: abort.signal })
    abort.abort()
    expect(await turn).toMatchObject({ status: 'stopped', error: { code: 'aborted' } })
    expect(replies).toHaveLength(before)
  })

  it('stops when its signal aborts while the message is being accepted', async () => {
    const { chat } = await startedWith()
    const abort = new AbortController()
    // Subscribers of the actor run within the call.
    chat.actor.subscribe(({ context }) => context.view.open && abort.abort())
    const turn = way(chat, { signal: abort.signal })
    expect(await turn).toMatchObject({ status: 'stopped', error: { code: 'aborted' } })
    expect(chat.status).toBe('ready')
  })

  it('removes its listener from the signal once it has an outcome, and a later abort has no effect', async () => {
    const { chat, asked, before } = await startedWith({ compaction: { by: 'summary' } })
    const abort = new AbortController()
    const turn = way(chat, { signal: abort.signal })
    const reply = await asked(before + 1)
    reply.answer('Once')
    await turn
    expect(getEventListeners(abort.signal, 'abort')).toEqual([])
    const next = chat.sendMessage('Next')
    abort.abort()
    const nextReply = await asked(before + 2)
    nextReply.answer('Fine')
    expect((await next).status).toBe('completed')
  })
})

describe('an abort', () => {
  it('removes a waiting message from the queue', async () => {
    const { chat, ask: askFor } = start({ whenBusy: 'queue' })
    const { turn, reply } = await askFor('One')
    const abort = new AbortController()
    const queued = chat.sendMessage('Two', { signal: abort.signal })
    abort.abort()
    expect(await queued).toMatchObject({ status: 'stopped', error: { code: 'aborted' } })
    expect(chat.queue).toEqual([])
    reply.answer('Hi')
    expect((await turn).status).toBe('completed')
  })

  it('settles a message at once while its files are read, and later messages keep their order', async () => {
    const { chat, asked } = start({ whenBusy: 'queue' })
    const abort = new AbortController()
    let read: (value: ArrayBuffer) => void = () => {}
    const slow = new File(['x'], 'slow.txt', { type: 'text/plain' })
    slow.arrayBuffer = () => new Promise((resolve) => (read = resolve))
    const first = chat.sendMessage({ text: 'First', files: [slow] })
    const second = chat.sendMessage('Second', { signal: abort.signal })
    const third = chat.sendMessage('Third')
    abort.abort()
    expect(await second).toMatchObject({ status: 'stopped', error: { code: 'aborted' } })
    read(new TextEncoder().encode('slowly').buffer)
    const one = await asked(1)
    one.answer('1')
    const two = await asked(2)
    two.answer('2')
    await Promise.all([first, third])
    expect(chat.messages.flatMap(({ role, parts }) => (role === 'user' ? parts.at(-1) : []))).toEqual([
      { type: 'text', text: 'First' },
      { type: 'text', text: 'Third' },
    ])
  })

  it('stops the turn while a tool call waits', async () => {
    const { chat, asked } = start({ tools: [ask] })
    const abort = new AbortController()
    const turn = chat.sendMessage('Go', { signal: abort.signal })
    const reply = await asked(1)
    reply.give([call])
    await until(chat, () => chat.pendingCalls.length > 0)
    abort.abort()
    expect(await turn).toMatchObject({ status: 'stopped', error: { code: 'aborted' } })
  })

  it('stops the turn during the backoff before the next attempt', async () => {
    const { chat, asked } = start()
    const abort = new AbortController()
    const scheduled = new Promise((resolve) => chat.on('retry.scheduled', resolve))
    const turn = chat.sendMessage('Go', { signal: abort.signal })
    const reply = await asked(1)
    reply.end()
    await scheduled
    abort.abort()
    expect(await turn).toMatchObject({ status: 'stopped', error: { code: 'aborted' } })
  })

  it('is not lost for a message sent from within the actor during another turn', async () => {
    const { chat, ask: askFor } = start({ whenBusy: 'queue' })
    const { turn, reply } = await askFor('One')
    const abort = new AbortController()
    const inner = new Promise<Turn['outcome'] | undefined>((resolve) => {
      const subscription = chat.actor.on('turn.completed', () => {
        subscription.unsubscribe()
        const queued = chat.sendMessage('Two', { signal: abort.signal })
        abort.abort()
        resolve(queued.outcome)
      })
    })
    reply.answer('Hi')
    await turn
    expect(await inner).toMatchObject({ status: 'stopped', error: { code: 'aborted' } })
  })
})

describe('a message whose file cannot be read', () => {
  it('fails in its turn, in chat.on and in chat.error, and retry() sends it once the file exists', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'turnstate-unsent-'))
    try {
      const { chat, asked, replies } = start()
      const path = join(folder, 'notes.txt')
      const told: unknown[] = []
      let changes = 0
      chat.on('turn.failed', ({ turnId, outcome }) => told.push([turnId, outcome.error?.code]))
      const turn = chat.sendMessage({ text: 'Read', files: [{ path }], metadata: { mine: 1 } })
      await Promise.resolve()
      chat.subscribe(() => changes++)
      const outcome = await turn
      expect(outcome).toMatchObject({ status: 'failed', error: { code: 'file-unreadable' } })
      expect(told).toEqual([[turn.id, 'file-unreadable']])
      expect([chat.error, chat.status, replies.length]).toEqual([outcome.error, 'ready', 0])
      expect(changes).toBeGreaterThan(0)
      expect((await chat.retry()).error?.code).toBe('file-unreadable')

      await writeFile(path, 'Frogs are green.')
      const again = chat.retry()
      const reply = await asked(1)
      expect(chat.error).toBeNull()
      reply.answer('Indeed')
      expect((await again).status).toBe('completed')
      expect(chat.actor.getSnapshot().context.view.turns[0]?.metadata).toEqual({ mine: 1 })
      expect(() => chat.retry()).toThrow('nothing to ask again')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('is forgotten once another message is sent or the conversation is cleared', async () => {
    const { chat, exchange } = start()
    await exchange('Hello', 'Hi')
    await chat.sendMessage({ files: [{ path: '/nowhere/to/be/found.txt' }] })
    await exchange('Never mind', 'Fine')
    expect(chat.error).toBeNull()
    await chat.sendMessage({ files: [{ path: '/nowhere/to/be/found.txt' }] })
    expect(chat.error?.code).toBe('file-unreadable')
    chat.clear()
    expect(chat.error).toBeNull()
  })

  it('does not let later messages overtake earlier ones', async () => {
    const { chat, asked } = start({ whenBusy: 'queue' })
    let read: (value: ArrayBuffer) => void = () => {}
    const slow = new File(['x'], 'slow.txt', { type: 'text/plain' })
    slow.arrayBuffer = () => new Promise((resolve) => (read = resolve))
    const first = chat.sendMessage({ text: 'First', files: [slow] })
    const missing = chat.sendMessage({ text: 'Missing', files: [{ path: '/nowhere/to/be/found.txt' }] })
    const third = chat.sendMessage('Third')
    expect((await missing).status).toBe('failed')
    read(new TextEncoder().encode('slowly').buffer)
    const one = await asked(1)
    expect(JSON.stringify(one.request.messages)).toContain('First')
    one.answer('1')
    const two = await asked(2)
    two.answer('2')
    expect([(await first).status, (await third).status]).toEqual(['completed', 'completed'])
  })
})
