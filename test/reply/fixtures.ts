// A conversation with a source and clocks that the test controls.
import { createActor, setup, SimulatedClock, type Snapshot } from 'xstate'
import {
  type ConversationEmitted,
  type ConversationInput,
  conversationMachine,
  type Draft,
  type ReplyEmitted,
  type ReplyEvent,
  type ToolsCommand,
  type ToolsEvent,
  type ToolsInput,
  typedCallback,
} from '../../machines/index.ts'
import type { MessageRequest, MessageSource, SourceEvent } from '../../src/source/message-source.ts'
import { streamReply, type StreamReplyOptions } from '../../src/reply/stream-reply.ts'
import { decide } from '../../src/refusals/decide-refusal.ts'
import type { OnRefusal } from '../../src/refusals/policy.ts'
import { type Block, emptyView } from '../../src/journal/index.ts'

export type SourceItem = SourceEvent | readonly SourceEvent[]
export type EventOf<Type extends string> = Extract<ReplyEvent, { type: Type }>
export type EmittedOf<Type extends string> = Extract<ReplyEmitted, { type: Type }>

/** Waits for one turn of the event loop, after which everything pending in this process has settled. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export const idleTimeout = 30_000

// Events of a source
export const started = (more: Partial<Extract<SourceEvent, { type: 'message.started' }>> = {}): SourceEvent => ({
  type: 'message.started',
  model: 'm1',
  usage: { inputTokens: 7, outputTokens: 1, cacheReadTokens: 2, cacheWriteTokens: 1 },
  ...more,
})
export const block = (shell: Block, index = 0): SourceEvent => ({ type: 'block.started', index, block: shell })
export const textBlock = (index = 0): SourceEvent => block({ type: 'text', text: '' }, index)
export const toolBlock = (index = 0, id = 'call1'): SourceEvent =>
  block({ type: 'tool_use', id, name: 'look', input: {} }, index)
export const says = (text: string, index = 0): SourceEvent => ({ type: 'block.delta', index, kind: 'text', text })
export const thinks = (text: string, index = 0): SourceEvent => ({ type: 'block.delta', index, kind: 'thinking', text })
export const types = (text: string, index = 0): SourceEvent => ({ type: 'block.delta', index, kind: 'toolInput', text })
export const fields = (given: Readonly<Record<string, unknown>>, index = 0): SourceEvent => ({
  type: 'block.fields',
  index,
  fields: given,
})
export const stopped = (index = 0): SourceEvent => ({ type: 'block.stopped', index })
export const ends = (
  stopReason: string | null,
  more: Partial<Extract<SourceEvent, { type: 'message.delta' }>> = {},
): SourceEvent => ({ type: 'message.delta', stopReason, usage: { outputTokens: 3 }, ...more })
export const over: SourceEvent = { type: 'message.stopped' }
export const ping: SourceEvent = { type: 'ping' }
export const opened: SourceEvent = { type: 'opened' }

/** A complete reply with one text block. */
export const wholeReply = (text = 'Hello'): readonly SourceEvent[] => [
  started(),
  textBlock(),
  says(text),
  stopped(),
  ends('end_turn'),
  over,
]

/** A source that yields these items, single events or batches, and ends. */
export const sourceOf = (...items: readonly SourceItem[]): MessageSource =>
  async function* playback() {
    yield* items
  }

/** An item that a source yields, or an error that it throws. */
export type Answer = readonly SourceItem[] | Error

/** A source that answers successive requests with these replies, repeats the last one, and records the requests. */
export function scripted(...answers: readonly Answer[]) {
  const requests: MessageRequest[] = []
  const source: MessageSource = async function* playback(request) {
    const answer = answers[Math.min(requests.length, answers.length - 1)] ?? []
    requests.push(request)
    if (answer instanceof Error) throw answer
    yield* answer
  }
  return { source, requests }
}

/** A source that yields these items and then throws. */
export const throwing = (error: unknown, ...items: readonly SourceItem[]): MessageSource =>
  async function* playback() {
    yield* items
    throw error
  }

interface Call {
  readonly request: MessageRequest
  readonly signal: AbortSignal
  /** Whether the reader closed the iterator before its end. */
  returned: boolean
}

/** A source that yields items when the test provides them, and ends when the test ends it. */
export function heldSource() {
  const calls: Call[] = []
  const waiting: SourceItem[] = []
  let wake: ((result: IteratorResult<SourceItem, undefined>) => void) | null = null
  let isOver = false
  let pulls = 0
  const settle = () => {
    const resolve = wake
    const item = waiting[0]
    if (!resolve || (item === undefined && !isOver)) return
    wake = null
    if (item === undefined) return resolve({ done: true, value: undefined })
    waiting.shift()
    resolve({ done: false, value: item })
  }
  const source: MessageSource = (request, { signal }) => {
    const call: Call = { request, signal, returned: false }
    calls.push(call)
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          pulls++
          return new Promise((resolve) => {
            wake = resolve
            settle()
          })
        },
        return: () => {
          call.returned = true
          return Promise.resolve({ done: true as const, value: undefined })
        },
      }),
    }
  }
  return {
    source,
    calls,
    /** How often the reader asked for the next item. */
    get pulls() {
      return pulls
    },
    /** Provides these items one by one and lets the reader consume them. */
    async give(...items: readonly SourceItem[]) {
      waiting.push(...items)
      settle()
      await turn()
    },
    async end() {
      isOver = true
      settle()
      await turn()
    },
  }
}

/** A `SimulatedClock` that lists its running timers. */
export function watchedClock() {
  const clock = new SimulatedClock()
  const running = new Map<unknown, number>()
  return {
    increment: (ms: number) => clock.increment(ms),
    /** The delay of each running timer, in milliseconds. */
    get running(): readonly number[] {
      return [...running.values()]
    },
    setTimeout(run: (...args: unknown[]) => void, ms: number) {
      const id: unknown = clock.setTimeout(() => {
        running.delete(id)
        run()
      }, ms)
      running.set(id, ms)
      return id
    },
    clearTimeout(id: unknown) {
      running.delete(id)
      clock.clearTimeout(id as number)
    },
  }
}

export interface TalkOptions {
  readonly input?: ConversationInput
  readonly snapshot?: Snapshot<unknown>
  readonly stream?: Partial<StreamReplyOptions>
  /** The reset after a refusal. Default: that of the bare chart. */
  readonly onRefusal?: OnRefusal
  readonly onEmitted?: (event: ReplyEmitted) => void
}

/** The chart with `streamReply` in its slot. Records everything that the actor sends to the chart and emits. */
export function talk(source: MessageSource, { input, snapshot, stream, onRefusal, onEmitted }: TalkOptions = {}) {
  const chartClock = new SimulatedClock()
  const clock = watchedClock()
  const sent: ReplyEvent[] = []
  const emitted: ReplyEmitted[] = []
  const told: ConversationEmitted[] = []
  const toolRuns: ToolsInput[] = []
  const heard = new Set<unknown>()
  let snapshots = 0

  const machine = conversationMachine.provide({
    actors: {
      streamReply: streamReply({
        source,
        target: { promptHash: 'prompt', cacheBreakpoints: 0, structured: false },
        clock,
        idleTimeout,
        maxTokens: 64,
        fields: {},
        ...stream,
      }),
      runTools: typedCallback<ToolsCommand, ToolsInput, ToolsEvent>(({ input: given }) => {
        toolRuns.push(given)
      }),
      ...(onRefusal === undefined ? {} : { decide: decide({ onRefusal, onError: () => {} }) }),
    },
  })
  const actor = createActor(machine, {
    clock: chartClock,
    ...(snapshot ? { snapshot } : {}),
    input: { id: 'c1', model: 'm1', at: 1, ...input, settings: { maxAttempts: 1, ...input?.settings } },
    inspect: (inspection) => {
      if (inspection.type !== '@xstate.event' || inspection.actorRef !== actor) return
      if (inspection.event.type.startsWith('reply.')) sent.push(inspection.event as ReplyEvent)
    },
  })
  actor.on('*', (event) => told.push(event))
  actor.subscribe(({ children: { reply } }) => {
    snapshots++
    if (!reply || heard.has(reply)) return
    heard.add(reply)
    reply.on('*', (event) => {
      emitted.push(event)
      onEmitted?.(event)
    })
  })
  actor.start()

  return {
    actor,
    chartClock,
    clock,
    sent,
    emitted,
    told,
    toolRuns,
    get snapshots() {
      return snapshots
    },
    get state() {
      const { value } = actor.getSnapshot()
      return typeof value === 'string' ? value : JSON.stringify(value).replaceAll(/[{}"]/g, '').replaceAll(':', '.')
    },
    get view() {
      return actor.getSnapshot().context.view
    },
    get draft(): Draft {
      const found = emitted.findLast((event): event is EmittedOf<'draft.started'> => event.type === 'draft.started')
      if (!found) throw new Error('No draft was started')
      return found.draft
    },
    /** Starts a turn, in this tick. */
    ask: (text = 'Hi', turnId = 't1') => actor.send({ type: 'user.send', turnId, input: text, at: 10 }),
    stop: () => actor.send({ type: 'user.stop' }),
    persist: () => JSON.parse(JSON.stringify(actor.getPersistedSnapshot())) as Snapshot<unknown>,
    deltas: () => emitted.filter((event): event is EmittedOf<'delta'> => event.type === 'delta'),
    unknowns: () => emitted.flatMap((event) => (event.type === 'unknown' ? [event.event] : [])),
    types: () => sent.map(({ type }) => type),
    /** The events that ended attempts. */
    endings: () => sent.filter(({ type }) => type !== 'reply.opened'),
  }
}

export type Talk = ReturnType<typeof talk>

/** Plays one turn to its end. */
export async function played(source: MessageSource, options: TalkOptions = {}): Promise<Talk> {
  const conversation = talk(source, options)
  conversation.ask()
  await turn()
  return conversation
}

/** A parent that ignores every event, so that the actor must stop on its own. */
export function unheeded(source: MessageSource) {
  const clock = watchedClock()
  const sent: ReplyEvent[] = []
  const target = { promptHash: 'prompt', cacheBreakpoints: 0, structured: false }
  const logic = streamReply({ source, target, clock, idleTimeout, maxTokens: 64, fields: {} })
  const machine = setup({ types: { events: {} as ReplyEvent }, actors: { streamReply: logic } }).createMachine({
    invoke: { src: 'streamReply', input: { view: emptyView, turnId: 't1', attempt: 1 } },
    on: { '*': { actions: ({ event }) => void sent.push(event) } },
  })
  createActor(machine).start()
  return { clock, sent, types: () => sent.map(({ type }) => type) }
}

const ended = <Type extends ReplyEvent['type']>(conversation: Talk, type: Type): EventOf<Type> => {
  const [ending, ...more] = conversation.endings()
  if (ending?.type !== type || more.length > 0)
    throw new Error(`Not exactly ${type} but ${JSON.stringify(conversation.endings())}`)
  return ending as EventOf<Type>
}

/** The `reply.finished` event of a reply with these items. */
export const finished = async (...items: readonly SourceItem[]): Promise<EventOf<'reply.finished'>> =>
  ended(await played(sourceOf(...items)), 'reply.finished')

export const refused = async (...items: readonly SourceItem[]): Promise<EventOf<'reply.refused'>> =>
  ended(await played(sourceOf(...items)), 'reply.refused')

/** The `reply.rejected` event of an attempt with this source. */
export const rejected = async (source: MessageSource): Promise<EventOf<'reply.rejected'>> =>
  ended(await played(source), 'reply.rejected')

/** The `reply.failed` event of an attempt with this source. */
export const failed = async (source: MessageSource): Promise<EventOf<'reply.failed'>> =>
  ended(await played(source), 'reply.failed')
