// The API of a random program: each request waits until the program says how it is answered.
import type { MessageRequest, MessageSource, SourceEvent } from '../../src/index.ts'
import { requestFailure } from '../../src/claude/api-failures.ts'
import { toBlocks } from '../../src/journal/index.ts'
import { createManualSource } from '../conversation/manual-source.ts'
import { type Api, asSent, createApi, type SentRequest } from './api.ts'
import { type Behaviour, breakOf, failureFor, stepOf } from './behaviours.ts'
import { type Asker, createWorld, type Foretold, refusedWordIn, type World } from './world.ts'
import type { GivenOptions } from './options.ts'

/** A request that was made. */
export interface Exchange extends Asker {
  readonly request: MessageRequest
  readonly word: string
  /** The part of its reply that the program has not given yet; `null` before the first event. */
  rest: readonly SourceEvent[] | null
  /** All of its reply, and what of that has arrived in the chunk that is being read. */
  events: readonly SourceEvent[]
  arrived: readonly SourceEvent[]
  /** Tells the API that its reply was given whole. */
  remember: () => void
  isOver: boolean
  readonly sent: SentRequest
  readonly reply: ReturnType<typeof createManualSource>['replies'][number]
}

export const isLive = ({ isOver, reply }: Exchange): boolean => !isOver && !reply.signal.aborted

export type ScriptedWorld = World & { readonly exchanges: Exchange[]; readonly api: Api }

export function createScriptedWorld(given: GivenOptions): ScriptedWorld {
  const manual = createManualSource()
  const exchanges: Exchange[] = []
  const time = { now: () => 0 }
  const api = createApi(() => time.now())

  const sourceOf =
    (who: (signal: AbortSignal) => Asker): MessageSource =>
    (request, options) => {
      const asker = who(options.signal)
      const sent = asSent(request)
      const leak = refusedWordIn(world, request)
      if (leak !== null) world.problems.push(`${leak}\n${JSON.stringify(request.messages)}`)
      const objection = api.objection(sent)
      const iterable = manual.source(request, options)
      const reply = manual.replies.at(-1)
      if (!reply) throw new Error('the source has lost its request')
      const exchange = {
        ...asker,
        request,
        sent,
        reply,
        word: world.nextWord(),
        rest: null,
        events: [],
        arrived: [],
        remember: () => {},
        isOver: false,
      }
      exchanges.push(exchange)
      if (objection !== null) {
        // An older model does not compact: its API rejects that.
        if (!objection.startsWith('compaction: not supported'))
          world.problems.push(`the API does not take a request: ${objection}\n${JSON.stringify(sent.body['messages'])}`)
        const type = 'invalid_request_error'
        finish(exchange, requestFailure({ status: 400, error: { type: 'error', error: { type, message: objection } } }))
      }
      return iterable
    }
  const world = createWorld(given, sourceOf, ({ talk, turnId, attempt }) => {
    const exchange = exchanges.findLast(
      (made) => made.talk === talk && made.turnId === turnId && made.attempt === attempt,
    )
    return exchange && foretold(exchange)
  })
  time.now = world.clock.now
  return Object.assign(world, { exchanges, api })
}

/** What happens to a reply that is stopped at one of its deltas. */
function foretold({ events, arrived }: Exchange): Foretold {
  const reasons = arrived.flatMap((event) => (event.type === 'message.delta' ? [event.stopReason] : []))
  if (reasons.includes('refusal')) return { status: 'refused' }
  const isWhole = arrived.some(({ type }) => type === 'message.stopped')
  const callsTools = events.some((event) => event.type === 'block.started' && event.block.type === 'tool_use')
  const reason = reasons.at(-1) ?? null
  if (!isWhole || callsTools || (reason !== 'end_turn' && reason !== 'stop_sequence')) return { status: 'stopped' }
  return {
    status: 'completed',
    words: events.map((event) => (event.type === 'block.delta' ? event.text : '')).join(''),
  }
}

/** Hands events over in one chunk, which is what has arrived once its reader begins with it. */
function* chunkOf(exchange: Exchange, events: readonly SourceEvent[]): Generator<SourceEvent> {
  exchange.arrived = events
  yield* events
}

function give(exchange: Exchange, events: readonly SourceEvent[], together = false): void {
  if (together) exchange.reply.pushTogether(chunkOf(exchange, events))
  else exchange.reply.push(...events)
}

function finish(exchange: Exchange, error: Error | null = null): void {
  exchange.isOver = true
  if (error) exchange.reply.throw(error)
  else exchange.reply.end()
}

function eventsOf(world: ScriptedWorld, exchange: Exchange, how: Behaviour): readonly SourceEvent[] {
  const { talk, turnId, attempt, word, request } = exchange
  world.said.push({ talk, turnId, attempt, word })
  const { fallbacks } = request
  const named =
    fallbacks === undefined
      ? []
      : fallbacks === 'default'
        ? ['claude-opus-4-8', 'claude-opus-5'].slice(0, request.model === 'claude-opus-5-5' ? 2 : 0)
        : fallbacks.map(({ model }) => model)
  const canSearch = JSON.stringify(request.fields['tools'] ?? []).includes('web_search')
  const step = stepOf(how, { turnId, purpose: request.purpose, fallbacks: named, canSearch, word })
  const { events, remember } = world.api.answer(exchange.sent, step)
  exchange.remember = remember
  exchange.events = events
  return events
}

const isEnd = ({ type }: SourceEvent): boolean => type === 'message.delta' || type === 'message.stopped'

const odd: readonly SourceEvent[] = [
  { type: 'unknown', event: { type: 'later_event' } },
  { type: 'block.delta', index: 77, kind: 'text', text: 'lost' },
  { type: 'block.stopped', index: 77 },
  { type: 'block.citation', index: 0, citation: {} },
  { type: 'ping' },
]

/** Gives the beginning of a reply. */
export function begin(world: ScriptedWorld, exchange: Exchange, how: Behaviour, count: number): void {
  if (exchange.rest !== null || (how.ends && 'http' in how.ends)) return
  const events = [{ type: 'opened' } as const, ...eventsOf(world, exchange, how)]
  const given = events.slice(0, Math.min(count, events.findIndex(isEnd)))
  exchange.reply.push(...given)
  exchange.rest = events.slice(given.length)
}

const isInToolLoop = ({ request }: Exchange): boolean =>
  toBlocks(request.messages.at(-1)?.content ?? '').some(({ type }) => type === 'tool_result')

/** Gives a reply, or the rest of one that was begun, which may break instead. */
export function answer(world: ScriptedWorld, exchange: Exchange, how: Behaviour, together = false): void {
  const { ends } = how
  if (exchange.rest === null && ends && 'http' in ends) {
    // In a tool loop the thinking has to come back: there this answer would be a lie, which no request can answer to.
    const isLie = ends.http === 'thinking invalid' && isInToolLoop(exchange)
    return finish(exchange, failureFor(isLie ? 'invalid' : ends.http))
  }
  const events = exchange.rest ?? eventsOf(world, exchange, how)
  if (ends && 'break' in ends) {
    const whole = events.filter((event) => !isEnd(event))
    give(exchange, ends.break === 'no stop reason' ? whole : whole.slice(0, ends.after), together)
    if (ends.break === 'odd events') exchange.reply.push(...odd)
    if (ends.break === 'no stop reason') exchange.reply.push({ type: 'message.stopped' })
    return finish(exchange, breakOf(ends.break))
  }
  exchange.remember()
  if (events.some((event) => event.type === 'message.delta' && event.stopReason === 'tool_use'))
    world.licensed.add(exchange.word)
  give(exchange, events, together)
  finish(exchange)
}
