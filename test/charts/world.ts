// A conversation actor whose slots do nothing by themselves: the test says what they answer, and when.
import { type AnyTransitionDefinition, createActor, type EventObject, SimulatedClock, type Snapshot } from 'xstate'
import {
  type Announcement,
  type ConversationEvent,
  type ConversationInput,
  conversationMachine,
  type DecideInput,
  type DecideRejectionInput,
  type FinishedReply,
  type JournalCommand,
  type JournalInput,
  type OverflowInput,
  type ReplyEmitted,
  type RejectedReply,
  type ReplyInput,
  type ToolCallStatus,
  type ToolsCommand,
  type ToolsInput,
  typedCallback,
  unsavedFacts,
} from '../../machines/index.ts'
import type { Failure } from '../../src/errors.ts'
import { buildRequest, type Fact, type RejectionPolicy, type Usage } from '../../src/journal/index.ts'
import { stateName } from '../../src/state-name.ts'

export const usage: Usage = { inputTokens: 3, outputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0 }

export type JournalMode = 'stores' | 'fails' | 'is silent' | 'throws' | 'never starts'

interface SlotCall<Input, Received = EventObject> {
  readonly input: Input
  readonly send: (event: ConversationEvent) => void
  readonly received: Received[]
  isLive: boolean
}

export interface WorldOptions {
  readonly input?: ConversationInput
  readonly journal?: JournalMode
  readonly store?: Fact[]
  readonly snapshot?: Snapshot<unknown>
  /** Nothing decides about rejections until the test does. Default: the request is repaired at once. */
  readonly holdsRejections?: boolean
}

/** A slot that only records its input and what it received. */
const recording = <Input, Received extends EventObject = EventObject, Emitted extends EventObject = EventObject>(
  calls: SlotCall<Input, Received>[],
) =>
  typedCallback<Received, Input, ConversationEvent, Emitted>(({ input, sendBack, receive }) => {
    const call: SlotCall<Input, Received> = { input, send: sendBack, received: [], isLive: true }
    calls.push(call)
    receive((event) => call.received.push(event))
    return () => {
      call.isLive = false
    }
  })

export function createWorld({ input, journal = 'stores', store = [], snapshot, ...held }: WorldOptions = {}) {
  const clock = new SimulatedClock()
  const replies: SlotCall<ReplyInput>[] = []
  const decisions: SlotCall<DecideInput>[] = []
  const overflows: SlotCall<OverflowInput>[] = []
  const rejections: SlotCall<DecideRejectionInput>[] = []
  const toolRuns: SlotCall<ToolsInput, ToolsCommand>[] = []
  const emitted: Announcement[] = []
  const revisions: (readonly [type: string, revision: number])[] = []
  const states: string[] = []
  const taken: AnyTransitionDefinition[] = []
  let mode = journal
  /** What each journal actor received, one after the other. */
  const journals: JournalCommand[][] = []
  /** The last fact that the journal stores before its process ends. */
  let storesUntil: Fact['type'] | null = null
  let holdsRejections = held.holdsRejections ?? false

  const machine = conversationMachine.provide({
    actors: {
      streamReply: recording<ReplyInput, EventObject, ReplyEmitted>(replies),
      decide: recording(decisions),
      decideOverflow: recording(overflows),
      decideRejection: typedCallback<EventObject, DecideRejectionInput, ConversationEvent>(
        ({ input: told, sendBack }) => {
          const call = { input: told, send: sendBack, received: [], isLive: true }
          rejections.push(call)
          if (!holdsRejections) sendBack({ type: 'rejection.resolve', policy: 'repair' })
          return () => {
            call.isLive = false
          }
        },
      ),
      runTools: recording(toolRuns),
      journal: typedCallback<JournalCommand, JournalInput, ConversationEvent>(({ receive, sendBack }) => {
        const received: JournalCommand[] = []
        journals.push(received)
        receive((command) => {
          const { facts, expected } = command
          received.push(command)
          if (mode === 'throws') throw new Error('the driver is broken')
          if (mode === 'is silent' || mode === 'never starts') return
          if (mode === 'fails')
            return sendBack({ type: 'journal.failed', failure: { code: 'journal-write-failed', message: 'disk full' } })
          if (expected > store.length) throw new Error(`a gap: ${expected} > ${store.length}`)
          const news = facts.slice(store.length - expected)
          const last = news.findIndex(({ type }) => type === storesUntil)
          store.push(...(last < 0 ? news : news.slice(0, last + 1)))
          if (last >= 0) mode = 'is silent'
          sendBack({ type: 'journal.saved', revision: store.length })
        })
        if (mode !== 'never starts') sendBack({ type: 'journal.ready' })
      }),
    },
  })

  const actor = createActor(machine, {
    clock,
    ...(snapshot ? { snapshot } : {}),
    input: { id: 'c1', model: 'm1', at: 1, ...input },
    inspect: (inspection) => {
      if (inspection.type !== '@xstate.microstep' || inspection.actorRef !== actor) return
      taken.push(...inspection._transitions)
      const { value } = inspection.snapshot as { value?: Parameters<typeof stateName>[0] } & Snapshot<unknown>
      const name = value === undefined ? '' : stateName(value)
      if (states.at(-1) !== name) states.push(name)
    },
  })
  actor.on('*', ({ revision, ...event }) => {
    emitted.push(event as Announcement)
    revisions.push([event.type, revision])
  })
  actor.start()

  let sends = 0
  const last = <Call>(calls: readonly Call[]): Call => {
    const call = calls.at(-1)
    if (!call) throw new Error('the slot was never started')
    return call
  }
  const reply = (finished: Pick<FinishedReply, 'content' | 'stopReason'> & Partial<FinishedReply>) =>
    last(replies).send({
      type: 'reply.finished',
      model: actor.getSnapshot().context.view.model,
      promptHash: 'p',
      usage,
      ...finished,
    })

  return {
    actor,
    clock,
    store,
    /** What was emitted, without the revisions. */
    emitted,
    /** The revision of each event that was emitted. */
    revisions,
    states,
    taken,
    replies,
    decisions,
    overflows,
    rejections,
    toolRuns,
    reply,
    get state() {
      return stateName(actor.getSnapshot().value)
    },
    get context() {
      const { context } = actor.getSnapshot()
      return { ...context, unsaved: unsavedFacts(context.pending), failure: context.view.failure }
    },
    get view() {
      return actor.getSnapshot().context.view
    },
    /** What the running tools received. */
    get toolCommands() {
      return last(toolRuns).received
    },
    /** What the next request carries. */
    messages: () =>
      buildRequest(actor.getSnapshot().context.view, {
        model: actor.getSnapshot().context.view.model,
        promptHash: 'p',
      }).messages.map(({ role, content }) => [role, content]),
    /** What each journal actor was sent, the first one first. */
    journals,
    /** How often a journal was sent something. */
    appends: () => journals.flat().length,
    tags: () => [...actor.getSnapshot().tags],
    types: () => emitted.map(({ type }) => type),
    told: <Type extends Announcement['type']>(type: Type) =>
      emitted.filter((event): event is Extract<Announcement, { type: Type }> => event.type === type),
    setJournal(next: JournalMode) {
      mode = next
    },
    /** The journal stores up to the next fact of this type, acknowledges that, and answers nothing more. */
    storeOnly(until: Fact['type']) {
      storesUntil = until
    },
    send(event: ConversationEvent) {
      actor.send(event)
    },
    say(text: string, turnId = `t${++sends}`) {
      actor.send({ type: 'user.send', turnId, input: text, at: 10 })
      return turnId
    },
    open() {
      last(replies).send({ type: 'reply.opened' })
    },
    finish(text = 'hi', stopReason = 'end_turn') {
      reply({ content: text === '' ? [] : [{ type: 'text', text }], stopReason })
    },
    callTools(...ids: string[]) {
      reply({ content: ids.map((id) => ({ type: 'tool_use', id, name: 'look', input: {} })), stopReason: 'tool_use' })
    },
    start(callId: string, more: { readonly again?: true } = {}) {
      last(toolRuns).send({ type: 'tool.ready', callId, ...more })
    },
    settle(callId: string, content = 'seen', status: ToolCallStatus = 'settled') {
      last(toolRuns).send({ type: 'tool.settled', callId, status, result: resultOf(callId, content) })
    },
    needApproval(...ids: string[]) {
      for (const callId of ids) last(toolRuns).send({ type: 'tool.approvalNeeded', callId })
    },
    needAnswer(...ids: string[]) {
      for (const callId of ids) last(toolRuns).send({ type: 'tool.answerNeeded', callId })
    },
    refuse(category: string | null = 'cyber', textShown = true) {
      const { model } = actor.getSnapshot().context.view
      last(replies).send({
        type: 'reply.refused',
        refusal: { category, explanation: 'for logs', textShown, model },
        usage,
      })
    },
    fail(retryable: boolean, retryAfter?: number) {
      last(replies).send({
        type: 'reply.failed',
        retryable,
        failure: { code: 'overloaded', message: 'too much', ...(retryAfter === undefined ? {} : { retryAfter }) },
        partial: { model: 'm1', promptHash: 'p', content: [{ type: 'text', text: 'par' }], usage, shown: true },
      })
    },
    /** A stop after the reply has arrived whole. */
    stopAtTheEnd(cause?: 'aborted') {
      const partial = { model: 'm1', promptHash: 'p', content: [{ type: 'text', text: 'par' }], usage, shown: true }
      actor.send({
        type: 'user.stop',
        partial: { ...partial, arrivedWhole: true },
        ...(cause === undefined ? {} : { cause }),
      })
    },
    /** The API rejects the request. What follows is decided at once, unless `holdRejections` was called. */
    reject(code: Failure['code'], more: Partial<RejectedReply> = {}) {
      last(replies).send({
        type: 'reply.rejected',
        failure: { code, message: 'no' },
        fields: {},
        thinking: false,
        shown: false,
        ...more,
      })
    },
    /** It rejects all requests, whatever is left out. */
    rejectAll(code: Failure['code']) {
      do this.reject(code)
      while (actor.getSnapshot().matches('streaming'))
    },
    /** The reply fails for a reason that a retry does not fix. */
    failWith(code: Failure['code']) {
      last(replies).send({ type: 'reply.failed', retryable: false, failure: { code, message: 'no' } })
    },
    holdRejections() {
      holdsRejections = true
    },
    resolveRejection(policy: RejectionPolicy) {
      last(rejections).send({ type: 'rejection.resolve', policy })
    },
    askAboutRejection() {
      last(rejections).send({ type: 'rejection.ask' })
    },
    decideTo(policy: Extract<ConversationEvent, { type: 'refusal.resolve' }>['policy']) {
      last(decisions).send({ type: 'refusal.resolve', policy })
    },
    ask() {
      last(decisions).send({ type: 'refusal.ask' })
    },
    overflowTo(how: 'fail' | 'compact') {
      last(overflows).send({ type: 'overflow.resolve', how })
    },
    persist: () => JSON.parse(JSON.stringify(actor.getPersistedSnapshot())) as Snapshot<unknown>,
  }
}

export const resultOf = (callId: string, content = 'seen') => ({ type: 'tool_result', tool_use_id: callId, content })

/** The conversation as another process would load it. */
export const reloaded = (
  { store }: Pick<World, 'store'>,
  settings: ConversationInput['settings'] = {},
  options: WorldOptions = {},
): World =>
  createWorld({ ...options, input: { journal: JSON.parse(JSON.stringify(store)), settings }, store: [...store] })

/** The conversation as another process would restore it from a persisted snapshot, with a journal of its own. */
export const restored = (before: World, options: WorldOptions = {}): World => {
  const snapshot = before.persist()
  before.actor.stop()
  return createWorld({ ...options, snapshot, store: [...before.store] })
}

/** A world whose model has just called these tools. */
export function calling(...ids: string[]): World {
  const world = createWorld()
  world.say('hi')
  world.callTools(...ids)
  return world
}

export type World = ReturnType<typeof createWorld>
