// The feed between two processes, over Postgres.
import { randomUUID } from 'node:crypto'
import { Client, Pool } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ListeningNotices } from '../../src/dbos/notices.ts'
import { LiveFeed, type LiveFeedOptions } from '../../src/dbos/live-feed.ts'
import { liveTables } from '../../src/dbos/live-table.ts'
import type { ConversationState } from '../../src/client/wire.ts'
import { memoryStore } from '../../src/index.ts'
import { conversationServer } from '../../src/server/index.ts'
import type { FeedItem } from '../../src/server/streams/feed.ts'
import { stateOfView } from '../../src/server/streams/state.ts'
import { readers } from '../../src/server/readers.ts'
import { emptyView } from '../../src/journal/index.ts'
import { createManualSource } from '../conversation/manual-source.ts'
import { turns } from '../durability/faulty-store.ts'
import { quiet } from '../durability/stage.ts'
import { hostWith } from '../server/memory-feed.ts'
import { eventsOf, requesting, upTo } from '../server/stage.ts'
import { type PostgresPlace, postgresPlace } from '../stores/postgres.ts'

let place: PostgresPlace
const opened: { close: () => Promise<void> }[] = []

beforeAll(async () => {
  place = await postgresPlace()
  await place.query(liveTables)
})

afterAll(async () => {
  for (const each of opened.toReversed()) await each.close()
  await place.close()
})

const plain: Pick<LiveFeedOptions, 'seal' | 'unseal'> = {
  seal: (_, text) => Buffer.from(text, 'utf8'),
  unseal: (_, bytes) => Buffer.from(bytes).toString('utf8'),
}

/** The feed of a process of its own. */
function process(sealing = plain) {
  const pool = new Pool({ connectionString: place.url, max: 2 })
  pool.on('error', () => {})
  const notices = new ListeningNotices({ connectionString: place.url })
  const feed = new LiveFeed({ pool, notices, key: (id) => `k ${id}`, ...sealing })
  opened.push({ close: () => pool.end() }, { close: () => notices.close() }, { close: () => feed.close() })
  return feed
}

const stateWith = (revision: number): ConversationState => ({
  ...stateOfView(emptyView, 'c', null, readers),
  revision,
})
const delta = (text: string): FeedItem & { readonly kind: 'delta' } => ({
  kind: 'delta',
  message: 'm',
  delta: { type: 'delta', turnId: 't', attempt: 1, seq: 0, block: 0, kind: 'text', text },
})
const outcome: FeedItem & { readonly kind: 'event' } = {
  kind: 'event',
  published: {
    name: 'turn.completed',
    data: {},
    outcome: {} as never,
  },
}

/** Reads the feed of a conversation, until some items have come. */
function reading(feed: LiveFeed, id: string) {
  const ending = new AbortController()
  const items: FeedItem[] = []
  const waiting = new Set<() => void>()
  const done = (async () => {
    for await (const some of feed.follow(id, ending.signal)) {
      items.push(...some)
      for (const wake of waiting) wake()
    }
  })()
  const until = async (holds: (all: readonly FeedItem[]) => boolean) => {
    while (!holds(items)) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          waiting.delete(wake)
          resolve()
        }
        waiting.add(wake)
      })
    }
    return items.splice(0)
  }
  return {
    until,
    end: async () => {
      ending.abort()
      await done
    },
  }
}

const textOf = (items: readonly FeedItem[]): string =>
  items.map((item) => (item.kind === 'delta' ? item.delta.text : '')).join('')
const kinds = (items: readonly FeedItem[]): string => items.map(({ kind }) => kind).join(' ')
const rowsOf = (id: string) =>
  place.query('select body from turnstate_cluster_live where conversation = $1', [`k ${id}`])

it('what one process writes another one reads, each once and in order, until its end, and nothing of it stays', async () => {
  const [one, other] = [process(), process()]
  const id = randomUUID()
  const reader = reading(other, id)
  let revision = 1
  const writer = one.write(id, () => stateWith(revision))
  expect(await reader.until((all) => all.length > 0)).toEqual([{ kind: 'whole', state: stateWith(1) }])
  for (let nth = 0; nth < 20; nth++) {
    writer.add(delta(`${nth} `))
    await turns(1)
  }
  const text = Array.from({ length: 20 }, (_, nth) => `${nth} `).join('')
  expect(textOf(await reader.until((all) => textOf(all).length >= text.length))).toBe(text)
  revision = 2
  writer.add({ kind: 'change', change: { revision } })
  writer.end()
  expect(kinds(await reader.until((all) => all.at(-1)?.kind === 'end'))).toBe('change end')
  await one.close()
  expect(await rowsOf(id)).toEqual([])
  await reader.end()
})

it('a reader that comes late begins with what there is then, once a message is over with little', async () => {
  const [one, other] = [process(), process()]
  const id = randomUUID()
  const early = reading(other, id)
  let revision = 1
  const writer = one.write(id, () => stateWith(revision))
  await early.until((all) => all.length > 0)
  for (let nth = 0; nth < 5; nth++) {
    revision++
    writer.add(delta('x'.repeat(3_000)))
    writer.add(outcome)
    // Who has read all of it is not given the whole again.
    expect(kinds(await early.until((all) => all.length >= 2))).toBe('delta event')
  }
  while ((await rowsOf(id)).length > 1) await turns(1)
  const late = reading(process(), id)
  expect(await late.until((all) => all.length > 0)).toEqual([{ kind: 'whole', state: stateWith(6) }])
  writer.add(delta('and on'))
  expect(textOf(await late.until((all) => all.length > 0))).toBe('and on')
  expect(textOf(await early.until((all) => all.length > 0))).toBe('and on')
  await early.end()
  await late.end()
})

it('a process that begins the feed takes the place of one that is gone', async () => {
  const [gone, next, other] = [process(), process(), process()]
  const id = randomUUID()
  const reader = reading(other, id)
  const old = gone.write(id, () => stateWith(1))
  await reader.until((all) => all.length > 0)
  old.add(delta('half'))
  await reader.until((all) => textOf(all) === 'half')
  next.write(id, () => stateWith(7))
  expect(await reader.until((all) => all.length > 0)).toEqual([{ kind: 'whole', state: stateWith(7) }])
  // It was not gone after all.
  old.add(delta('late'))
  old.end()
  await gone.close()
  expect(await rowsOf(id)).toHaveLength(1)
  await reader.end()
})

it('a reader whose connection is lost misses nothing', async () => {
  const [one, other] = [process(), process()]
  const id = randomUUID()
  const reader = reading(other, id)
  const writer = one.write(id, () => stateWith(1))
  await reader.until((all) => all.length > 0)
  await place.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'turnstate notices' and pid <> pg_backend_pid()`,
  )
  writer.add(delta('said meanwhile'))
  expect(textOf(await reader.until((all) => all.length > 0))).toBe('said meanwhile')
  await reader.end()
})

it('what Postgres does not take in time is left out, which is counted, and the feed begins anew', async () => {
  const [one, other] = [process(), process()]
  const id = randomUUID()
  const reader = reading(other, id)
  let revision = 1
  const writer = one.write(id, () => stateWith(revision))
  await reader.until((all) => all.length > 0)
  const stuck = new Client({ connectionString: place.url })
  await stuck.connect()
  await stuck.query('begin; lock table turnstate_cluster_live in access exclusive mode')
  writer.add(delta('taken'))
  await turns(5)
  for (let nth = 0; nth < 6; nth++) writer.add(delta('x'.repeat(1_000_000)))
  expect(one.gaps).toBe(1)
  revision = 9
  await stuck.query('rollback')
  await stuck.end()
  const items = await reader.until((all) => all.some(({ kind }) => kind === 'whole'))
  expect(items.at(-1)).toEqual({ kind: 'whole', state: stateWith(9) })
  expect(textOf(items).length).toBeLessThan(10)
  writer.add(delta('and on'))
  expect(textOf(await reader.until((all) => all.length > 0))).toBe('and on')
  await reader.end()
})

it('what is sealed is not stored as it was said', async () => {
  const turned = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0x55)
  const sealing = {
    seal: (about: string, text: string) => turned(Buffer.from(about + text, 'utf8')),
    unseal: (about: string, bytes: Uint8Array) => {
      const text = Buffer.from(turned(bytes)).toString('utf8')
      if (!text.startsWith(about)) throw new Error('It is from another place.')
      return text.slice(about.length)
    },
  }
  const [one, other] = [process(sealing), process(sealing)]
  const id = randomUUID()
  const reader = reading(other, id)
  const writer = one.write(id, () => stateWith(1))
  await reader.until((all) => all.length > 0)
  writer.add(delta('a secret'))
  expect(textOf(await reader.until((all) => textOf(all) !== ''))).toBe('a secret')
  for (const { body } of await rowsOf(id))
    expect(Buffer.from(body as Uint8Array).toString('utf8')).not.toContain('secret')
  await reader.end()
})

it('a viewer of one server is sent what another one streams', async () => {
  const store = memoryStore()
  const { source, asked } = createManualSource()
  const make = () =>
    conversationServer({ store, host: hostWith(process()), source, model: 'm1', maxTokens: 9, logger: quiet })
  const [writer, viewer] = [make(), make()]
  const { created, json } = requesting(writer)
  const id = randomUUID()
  const path = await created(id)
  const events = eventsOf(await requesting(viewer).ask('GET', `${path}/events?frame=0`))
  const seen = await upTo(events, 'conversation')
  const next = async () => {
    const { value } = await events.next()
    return value ? [value] : []
  }
  await json('POST', `${path}/messages`, { input: 'hi' }, { prefer: 'respond-async' })
  const reply = await asked(1)
  for (const word of ['one ', 'two ', 'three']) {
    if (word === 'one ') reply.say(word)
    else reply.push({ type: 'block.delta', index: 0, kind: 'text', text: word })
    // Its first words may be in what the feed begins with.
    while (!JSON.stringify(seen.at(-1)?.data).includes(word.trim())) seen.push(...(await next()))
  }
  reply.stop('end_turn')
  seen.push(...(await upTo(events, 'turn.completed')))
  expect(seen.at(-1)?.data.outcome.text).toBe('one two three')
  await events.return()
  await writer.close()
  await viewer.close()
})
