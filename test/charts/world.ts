// A conversation actor whose slots do nothing by themselves: the test says what they answer, and when.
import { createActor, type EventObject, SimulatedClock, type Snapshot } from 'xstate'
import {
  type ConversationEmitted,
  type ConversationEvent,
  type ConversationInput,
  conversationMachine,
  type DecideInput,
  type JournalCommand,
  type JournalInput,
  type ReplyEmitted,
  type ReplyInput,
  type ToolsInput,
  typedCallback,
} from '../../machines/index.ts'
import type { Fact, Usage } from '../../src/journal/index.ts'
import { stateName } from '../../src/conversation/state-changes.ts'

export const usage: Usage = { inputTokens: 3, outputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0 }

export type JournalMode = 'stores' | 'fails' | 'is silent' | 'never starts'

interface SlotCall<Input> {
  readonly input: Input
  readonly send: (event: ConversationEvent) => void
  isLive: boolean
}

export interface WorldOptions {
  readonly input?: ConversationInput
  readonly journal?: JournalMode
  readonly store?: Fact[]
  readonly snapshot?: Snapshot<unknown>
}

export function createWorld({ input, journal = 'stores', store = [], snapshot }: WorldOptions = {}) {
  const clock = new SimulatedClock()
  const replies: SlotCall<ReplyInput>[] = []
  const decisions: SlotCall<DecideInput>[] = []
  const toolRuns: SlotCall<ToolsInput>[] = []
  const emitted: ConversationEmitted[] = []
  const states: string[] = []
  let mode = journal

  const recording = <Input, Emitted extends EventObject = EventObject>(calls: SlotCall<Input>[]) =>
    typedCallback<EventObject, Input, ConversationEvent, Emitted>(({ input: given, sendBack }) => {
      const call: SlotCall<Input> = { input: given, send: sendBack, isLive: true }
      calls.push(call)
      return () => {
        call.isLive = false
      }
    })

  const machine = conversationMachine.provide({
    actors: {
      streamReply: recording<ReplyInput, ReplyEmitted>(replies),
      decide: recording(decisions),
      runTools: recording(toolRuns),
      journal: typedCallback<JournalCommand, JournalInput, ConversationEvent>(({ receive, sendBack }) => {
        receive(({ facts, expected }) => {
          if (mode === 'is silent' || mode === 'never starts') return
          if (mode === 'fails')
            return sendBack({ type: 'journal.failed', failure: { code: 'journal-write-failed', message: 'disk full' } })
          if (expected > store.length) throw new Error(`a gap: ${expected} > ${store.length}`)
          store.push(...facts.slice(store.length - expected))
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
      const { value } = inspection.snapshot as { value?: Parameters<typeof stateName>[0] } & Snapshot<unknown>
      const name = value === undefined ? '' : stateName(value)
      if (states.at(-1) !== name) states.push(name)
    },
  })
  actor.on('*', (event) => emitted.push(event))
  actor.start()

  let sends = 0
  const last = <Input>(calls: readonly SlotCall<Input>[]): SlotCall<Input> => {
    const call = calls.at(-1)
    if (!call) throw new Error('the slot was never started')
    return call
  }

  return {
    actor,
    clock,
    store,
    emitted,
    states,
    replies,
    decisions,
    toolRuns,
    get state() {
      return stateName(actor.getSnapshot().value)
    },
    get context() {
      return actor.getSnapshot().context
    },
    get view() {
      return actor.getSnapshot().context.view
    },
    tags: () => [...actor.getSnapshot().tags],
    types: () => emitted.map(({ type }) => type),
    setJournal(next: JournalMode) {
      mode = next
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
      last(replies).send({
        type: 'reply.finished',
        model: 'm1',
        promptHash: 'p',
        content: text === '' ? [] : [{ type: 'text', text }],
        stopReason,
        usage,
      })
    },
    callTools(...ids: string[]) {
      last(replies).send({
        type: 'reply.finished',
        model: 'm1',
        promptHash: 'p',
        content: ids.map((id) => ({ type: 'tool_use', id, name: 'look', input: {} })),
        stopReason: 'tool_use',
        usage,
      })
    },
    refuse(category: string | null = 'cyber', textShown = true) {
      last(replies).send({ type: 'reply.refused', refusal: { category, explanation: 'for logs', textShown }, usage })
    },
    fail(retryable: boolean, retryAfter?: number) {
      last(replies).send({
        type: 'reply.failed',
        retryable,
        failure: { code: 'overloaded', message: 'too much', ...(retryAfter === undefined ? {} : { retryAfter }) },
        partial: { model: 'm1', promptHash: 'p', content: [{ type: 'text', text: 'par' }], usage, shown: true },
      })
    },
    decideTo(policy: Extract<ConversationEvent, { type: 'refusal.resolve' }>['policy']) {
      last(decisions).send({ type: 'refusal.resolve', policy })
    },
    ask() {
      last(decisions).send({ type: 'refusal.ask' })
    },
    persist: () => JSON.parse(JSON.stringify(actor.getPersistedSnapshot())) as Snapshot<unknown>,
  }
}

export type World = ReturnType<typeof createWorld>
