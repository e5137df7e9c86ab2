// A viewer in one process, and the conversation open in another: what is said reaches it through the feed.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Picture } from '../../src/client/picture.ts'
import { memoryStore, type MessageSource, type SourceEvent, type Store, TurnstateError } from '../../src/index.ts'
import { fold, originOf, outcomeOf, type StoredFact, transcript } from '../../src/journal/index.ts'
import { conversationServer } from '../../src/server/index.ts'
import { replacing } from '../../src/server/replacing.ts'
import { joined, type FeedItem } from '../../src/server/streams/feed.ts'
import { createManualSource } from '../conversation/manual-source.ts'
import { faultyStore, turns } from '../durability/faulty-store.ts'
import { quiet } from '../durability/stage.ts'
import { runs } from '../runs.ts'
import { afterRetraction, CutViewer, soon } from './cut-viewer.ts'
import { hostWith, type MemoryFeed, memoryFeed } from './memory-feed.ts'
import { eventsOf, type Sent, requesting, upTo } from './stage.ts'

const waiting = { prefer: 'respond-async' }

/** Two servers of one store and one feed: one that answers, and one that is asked for streams only. */
function pair(feed: MemoryFeed = memoryFeed(), store: Store = memoryStore()) {
  const { source, asked } = createManualSource()
  const host = hostWith(feed)
  const options = { store, host, source, model: 'm1', maxTokens: 100, whenBusy: 'queue', logger: quiet } as const
  const make = () => conversationServer(options)
  const [writer, viewer] = [make(), make()]
  const { json, created } = requesting(writer)
  const { ask } = requesting(viewer)
  const view = async (headers: Record<string, string> = {}) =>
    eventsOf(await ask('GET', '/v1/conversations/c1/events?frame=0', undefined, headers))
  const say = (input: string) => json('POST', '/v1/conversations/c1/messages', { input }, waiting)
  return { writer, viewer, asked, json, created, view, say, feed, store }
}

const textOf = (events: readonly Sent[]): string =>
  events.map(({ event, data }) => (event === 'delta' ? data.text : '')).join('')

/** Reads until an event for which this holds. */
async function until(events: AsyncGenerator<Sent, void>, holds: (sent: Sent) => boolean): Promise<Sent[]> {
  const read: Sent[] = []
  for (;;) {
    const { value, done } = await events.next()
    if (done || !value) throw new Error(`the stream ended: ${read.map(({ event }) => event).join(' ')}`)
    read.push(value)
    if (holds(value)) return read
  }
}

function pictureOf(events: readonly Sent[]): Picture {
  const picture = new Picture()
  for (const { event, data } of events)
    if (event === 'conversation') picture.replace(data)
    else if (event === 'change') picture.change(data)
    else if (event === 'delta') picture.grow(data)
  return picture
}

describe('a viewer in another process than the one that has the conversation open', () => {
  it('is sent what is said while it is said, and the outcome once', async () => {
    const { view, say, asked, created } = pair()
    await created()
    const events = await view()
    const seen = await upTo(events, 'conversation')
    await say('hi')
    const reply = await asked(1)
    reply.say('one ', 'two ')
    seen.push(...(await until(events, ({ event, data }) => event === 'delta' && data.text.includes('two'))))
    reply.push({ type: 'block.delta', index: 0, kind: 'text', text: 'three' })
    reply.stop('end_turn')
    seen.push(...(await until(events, ({ data }) => data.status === 'ready')))
    expect(textOf(seen)).toBe('one two three')
    expect(seen.filter(({ data }) => 'outcome' in data).map(({ data }) => data.outcome.text)).toEqual(['one two three'])
    expect(pictureOf(seen).state?.messages.at(-1)?.parts).toEqual([{ type: 'text', text: 'one two three' }])
    await events.return()
  })

  it('that comes late is shown the text so far, and then what follows', async () => {
    const { view, say, asked, created } = pair()
    await created()
    await say('hi')
    const reply = await asked(1)
    reply.say('one ', 'two ')
    const first = await view()
    const seen = await until(first, ({ data }) => JSON.stringify(data.messages ?? '').includes('two'))
    // One that finds the feed followed already is given all of it at once.
    const second = await view()
    const [begun] = await upTo(second, 'conversation')
    expect(JSON.stringify(begun?.data.messages)).toContain('one two ')
    reply.push({ type: 'block.delta', index: 0, kind: 'text', text: 'three' })
    reply.stop('end_turn')
    seen.push(...(await until(first, ({ data }) => data.status === 'ready')))
    const late = await until(second, ({ data }) => data.status === 'ready')
    expect(textOf(late)).toBe('three')
    for (const events of [seen, [...(begun ? [begun] : []), ...late]])
      expect(pictureOf(events).state?.messages.at(-1)?.parts).toEqual([{ type: 'text', text: 'one two three' }])
    await first.return()
    await second.return()
  })

  it('never gets refused text once it was retracted, however late it reads', async () => {
    const { view, say, asked, created } = pair()
    await created()
    const [live, slow] = [await view(), await view()]
    const seen = await upTo(live, 'conversation')
    const [begun] = await upTo(slow, 'conversation')
    await slow.return()
    await say('hi')
    const reply = await asked(1)
    reply.say('forbidden words')
    seen.push(...(await upTo(live, 'delta')))
    reply.push({ type: 'message.delta', stopReason: 'refusal', usage: { outputTokens: 1 }, category: 'cyber' })
    reply.push({ type: 'message.stopped' })
    reply.end()
    const rest = await until(live, ({ data }) => data.status === 'ready')
    expect(rest.map(({ event }) => event)).toContain('retracted')
    expect(JSON.stringify(rest)).not.toContain('forbidden')
    expect(JSON.stringify(pictureOf([...seen, ...rest]).state)).not.toContain('forbidden')
    const again = await view({ 'last-event-id': begun?.id ?? '' })
    expect(JSON.stringify(await until(again, ({ data }) => data.status === 'ready'))).not.toContain('forbidden')
    await live.return()
    await again.return()
  })

  it.each([
    ['the facts say what the feed has not told', 5],
    ['the feed goes on after a gap', 10_000],
  ])('never gets refused text whose retraction was missed, once %s', async (_, patience) => {
    let [isDeaf, hasGap] = [false, false]
    const inner = memoryFeed({ patience, loses: () => hasGap })
    const feed: MemoryFeed = {
      ...inner,
      write: (id, now) => {
        const writer = inner.write(id, now)
        return { ...writer, add: (item) => void (isDeaf || writer.add(item)) }
      },
    }
    const { view, say, asked, created, json } = pair(feed)
    await created()
    const live = await view()
    const [begun] = await upTo(live, 'conversation')
    await say('hi')
    const reply = await asked(1)
    reply.say('forbidden words')
    await upTo(live, 'delta')
    isDeaf = true
    reply.push({ type: 'message.delta', stopReason: 'refusal', usage: { outputTokens: 1 }, category: 'cyber' })
    reply.push({ type: 'message.stopped' })
    reply.end()
    while ((await json('GET', '/v1/conversations/c1')).body.status === 'streaming') await turns(1)
    ;[isDeaf, hasGap] = [false, patience > 5]
    if (hasGap) await say('sorry')
    const rest = await upTo(live, 'turn.refused')
    rest.push(...(await upTo(live, 'change')))
    const again = await view({ 'last-event-id': begun?.id ?? '' })
    const seen = await until(again, ({ event }) => event === 'conversation')
    expect(JSON.stringify([rest, seen])).not.toContain('forbidden')
    await live.return()
    await again.return()
  })

  it('learns from the facts what the feed leaves out, once, and then follows the feed again', async () => {
    let isLost = false
    const inner = memoryFeed()
    const feed: MemoryFeed = {
      ...inner,
      write: (id, now) => {
        const writer = inner.write(id, now)
        return { ...writer, add: (item) => void (isLost || writer.add(item)) }
      },
    }
    const { view, say, asked, created } = pair(feed)
    await created()
    const events = await view()
    const seen = await upTo(events, 'conversation')
    await say('hi')
    const reply = await asked(1)
    reply.say('one ')
    seen.push(...(await upTo(events, 'delta')))
    isLost = true
    reply.push({ type: 'block.delta', index: 0, kind: 'text', text: 'two' })
    reply.stop('end_turn')
    seen.push(...(await until(events, ({ data }) => data.status === 'ready')))
    expect(seen.filter(({ data }) => 'outcome' in data).map(({ data }) => data.outcome.text)).toEqual(['one two'])
    expect(pictureOf(seen).state?.messages.at(-1)?.parts).toEqual([{ type: 'text', text: 'one two' }])
    await events.return()
  })

  it('sees another process settle a reply whose process has vanished, without a word of the rest', async () => {
    const feed = memoryFeed()
    const faulty = faultyStore()
    const { view, viewer, say, asked, created, store } = pair(feed, faulty.store)
    await created()
    const events = await view()
    const seen = await upTo(events, 'conversation')
    await say('hi')
    const reply = await asked(1)
    reply.say('half of it')
    seen.push(...(await upTo(events, 'delta')))
    feed.crash()
    await faulty.crash()
    reply.say('never seen')
    const source: MessageSource = async function* () {}
    const next = conversationServer({ store, host: hostWith(feed), source, model: 'm1', maxTokens: 9, logger: quiet })
    await requesting(next).json('POST', '/v1/conversations/c1/stop')
    seen.push(...(await upTo(events, 'turn.failed')))
    seen.push(...(await until(events, ({ data }) => data.status === 'error')))
    expect(seen.filter(({ data }) => 'outcome' in data)).toHaveLength(1)
    expect(JSON.stringify(seen)).not.toContain('never seen')
    expect(JSON.stringify(pictureOf(seen).state)).not.toContain('half of it')
    await events.return()
    await viewer.close()
    await next.close()
  })
})

it('deltas of one block that follow each other are joined, and nothing else is', () => {
  const delta = (text: string, block = 0): FeedItem => ({
    kind: 'delta',
    message: 'm',
    delta: { type: 'delta', turnId: 't', attempt: 1, seq: 0, block, kind: 'text', text },
  })
  const event: FeedItem = { kind: 'event', published: { name: 'retracted', data: {} } }
  expect(joined([delta('a'), delta('b'), event, delta('c'), delta('d', 1), delta('e', 1)])).toEqual([
    delta('ab'),
    event,
    delta('c'),
    delta('de', 1),
  ])
})

type Answer = 'text' | 'refusal' | 'overload'
type Deed = 'say' | 'stop' | 'clear' | 'move' | 'vanish' | 'cut' | 'wait'

const usage = { inputTokens: 1, outputTokens: 1 }
const words = ['w0 ', 'w1 ', 'w2 ', 'w3 ', 'w4 ', 'w5 ', 'w6 ', 'w7 ']

/** Speaks slowly, word by word. The first word of each reply is its own. */
function speaking(answers: readonly Answer[]) {
  const refused: string[] = []
  let asked = 0
  const source: MessageSource = async function* (_, { signal }): AsyncGenerator<SourceEvent> {
    const nth = asked++
    const answer = answers[nth % answers.length] ?? 'text'
    await turns(1)
    if (answer === 'overload') throw Object.assign(new Error('no'), { status: 529 })
    yield { type: 'message.started', model: 'm', usage }
    yield { type: 'block.started', index: 0, block: { type: 'text', text: '' } }
    const own = answer === 'refusal' ? `forbidden ${nth};` : `reply ${nth}; `
    for (const text of [own, ...words]) {
      yield { type: 'block.delta', index: 0, kind: 'text', text }
      if (nth % 3 > 0) await turns(nth % 3)
    }
    if (answer === 'refusal') {
      if (signal.aborted) return
      refused.push(own)
      yield { type: 'message.delta', stopReason: 'refusal', usage, category: 'cyber', explanation: null }
    } else {
      yield { type: 'block.stopped', index: 0 }
      yield { type: 'message.delta', stopReason: 'end_turn', usage }
    }
    yield { type: 'message.stopped' }
  }
  return { source, refused }
}

interface Program {
  readonly deeds: readonly (readonly [deed: Deed, turns: number])[]
  readonly answers: readonly Answer[]
  readonly frames: readonly number[]
  readonly events: number
  /** Turns of the event loop that readers of the feed are late, and readers of the facts. */
  readonly lags: readonly number[]
  readonly factLags: readonly number[]
  /** Whether a reader of the feed loses what it has not read. */
  readonly losses: readonly boolean[]
}

const anyLags = fc.array(fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 30 })), { minLength: 1, maxLength: 8 })

const programs = (deeds: readonly Deed[], losses: fc.Arbitrary<readonly boolean[]>): fc.Arbitrary<Program> =>
  fc.record({
    deeds: fc.array(fc.tuple(fc.constantFrom(...deeds), fc.oneof(fc.nat(6), fc.integer({ min: 10, max: 40 }))), {
      minLength: 2,
      maxLength: 14,
    }),
    answers: fc.array(fc.constantFrom<Answer>('text', 'text', 'refusal', 'overload'), { minLength: 1, maxLength: 6 }),
    frames: fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 3 }),
    events: fc.constantFrom(600, 4_000, 262_144),
    lags: anyLags,
    factLags: anyLags,
    losses,
  })

/** Runs a program on one server after another, with viewers on a server that is asked for streams only. */
async function run(program: Program, { patience, takesUp }: { readonly patience: number; readonly takesUp: boolean }) {
  const { deeds, answers, frames, events, lags, factLags, losses } = program
  const faulty = faultyStore()
  const { store } = faulty
  const { source, refused } = speaking(answers)
  let [lagged, lost] = [0, 0]
  const feed = memoryFeed({
    patience,
    lag: () => lags[lagged++ % lags.length] ?? 0,
    loses: () => losses[lost++ % losses.length] ?? false,
  })
  const limits = { events, requests: 1e9, allRequests: 1e9, streams: 1e6, allStreams: 1e6, turns: 1e6, allTurns: 1e6 }
  const options = { source, model: 'm1', maxTokens: 10, whenBusy: 'queue', clock: soon, logger: quiet } as const
  let late = 0
  const lateStore = replacing(store, {
    async *follow(...args) {
      for await (const facts of store.follow(...args)) {
        await turns(factLags[late++ % factLags.length] ?? 0)
        yield facts
      }
    },
  })
  const make = (opens = true) =>
    conversationServer({
      host: hostWith(feed),
      store: lateStore,
      limits,
      logger: quiet,
      options: () => {
        if (!opens) throw new TurnstateError('not-available', 'It is for viewers.')
        return options
      },
    })
  let server = make()
  const mirror = make(takesUp)
  const post = async (path: string, body: unknown = {}) => {
    const { status } = await requesting(server).json('POST', `/v1/conversations${path}`, body, waiting)
    expect([200, 201, 202, 204, 404, 409, 503]).toContain(status)
    return status
  }
  await post('', { id: 'c1' })
  const viewers = frames.map((frame) => new CutViewer(frame))
  for (const viewer of viewers) await viewer.connect(mirror)
  // They are there from the beginning.
  await turns(40)
  for (const [nth, [deed, pause]] of deeds.entries()) {
    if (deed === 'say') void post('/c1/messages', { input: `message ${nth}` })
    else if (deed === 'stop') void post('/c1/stop')
    else if (deed === 'clear') void post('/c1/clear')
    else if (deed === 'move') {
      const left = server
      server = make()
      await left.close()
    } else if (deed === 'vanish') {
      feed.crash()
      await faulty.crash()
      server = make()
    } else if (deed === 'cut') await viewers[nth % frames.length]?.connect(mirror)
    await turns(pause)
    for (const viewer of viewers) if (!viewer.isConnected) await viewer.connect(mirror)
  }
  await turns(100)
  // Whatever was left in progress is settled by whoever opens it: the mirror may have been first.
  await post('/c1/stop')
  await turns(60)
  const facts: StoredFact[] = []
  for await (const page of store.facts('c1')) facts.push(...page)
  const view = fold(JSON.parse(JSON.stringify(facts)))
  const isUpToDate = ({ picture: { state } }: CutViewer) =>
    state?.revision === facts.length && JSON.stringify(state.messages) === JSON.stringify(transcript(view))
  for (let left = 200; left > 0 && !viewers.every(isUpToDate); left--) {
    await new Promise((resolve) => void setTimeout(resolve, 1))
    for (const viewer of viewers) if (!viewer.isConnected) await viewer.connect(mirror)
  }
  return { server, mirror, viewers, view, facts, refused, feed }
}

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

it('viewers that only the feed reaches end with the picture of the journal, and are given each outcome once, whatever is late, lost or gone', async () => {
  const deeds: readonly Deed[] = ['say', 'say', 'say', 'stop', 'clear', 'move', 'vanish', 'cut', 'cut', 'wait']
  const losses = fc.array(fc.boolean(), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(programs(deeds, losses), async (program) => {
      const { server, mirror, viewers, view, facts, refused } = await run(program, { patience: 3, takesUp: true })
      const ended = new Set(
        view.turns.filter(({ id }) => outcomeOf(view, id) && view.undecided !== id).map(({ id }) => originOf(view, id)),
      )
      for (const { picture, outcomes, seen } of viewers) {
        expect(json(picture.state?.messages)).toEqual(json(transcript(view)))
        expect(picture.state?.revision).toBe(facts.length)
        const ofTurns = outcomes.filter((message) => ended.has(message))
        expect(ofTurns.toSorted()).toEqual([...ended].toSorted())
        for (const own of refused) expect(afterRetraction(seen, own)).toEqual([])
      }
      await mirror.close()
      await server.close()
    }),
    { numRuns: runs(40), timeout: 20_000 },
  )
}, 240_000)

it('viewers that stay are sent every word of every reply once, however late the feed is', async () => {
  const deeds: readonly Deed[] = ['say', 'say', 'say', 'move', 'wait']
  await fc.assert(
    fc.asyncProperty(programs(deeds, fc.constant([false])), async (given) => {
      // A retraction makes void what a viewer has not read yet, of other replies too: it is shown their text by a difference.
      const answers = given.answers.filter((answer) => answer !== 'refusal')
      const program = { ...given, answers, events: 262_144 }
      const { server, mirror, viewers, view } = await run(program, { patience: 10_000, takesUp: false })
      const said = transcript(view).flatMap(({ role, parts }) =>
        role === 'assistant' ? parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])) : [],
      )
      const ended = [...new Set(view.turns.map(({ id }) => originOf(view, id)))]
      for (const { seen, outcomes } of viewers) {
        expect(outcomes.filter((message) => ended.includes(message))).toEqual(ended)
        expect(seen.filter(({ event }) => event === 'resume')).toEqual([])
        const texts = new Map<string, string>()
        for (const { event, data } of seen)
          if (event === 'delta')
            texts.set(`${data.turnId} ${data.attempt}`, (texts.get(`${data.turnId} ${data.attempt}`) ?? '') + data.text)
        expect([...texts.values()]).toEqual(said)
      }
      await mirror.close()
      await server.close()
    }),
    { numRuns: runs(40), timeout: 20_000 },
  )
}, 240_000)
