import type { AnyStateMachine, SnapshotFrom } from 'xstate'
import { getShortestPaths } from 'xstate/graph'
import { describe, expect, it } from 'vitest'
import { type ConversationEvent, conversationMachine, type ConversationInput } from '../../machines/index.ts'
import { stateName } from '../../src/conversation/state-changes.ts'
import { buildRequest, fold, path } from '../../src/journal/index.ts'
import { leaves } from './leaves.ts'
import { usage } from './world.ts'

type Snapshot = SnapshotFrom<typeof conversationMachine>

const reply = { type: 'reply.finished', model: 'm1', promptHash: 'p', usage } as const
const text = [{ type: 'text', text: 'a' }]
const calls = [{ type: 'tool_use', id: 'k', name: 'look', input: {} }]
const results = [{ type: 'tool_result', tool_use_id: 'k', content: 'seen' }]
const failure = { code: 'overloaded', message: 'x' } as const

/** Everything that could come next: from people, peers, timers, and actors that end in an error. */
function eventsFrom(snapshot: Snapshot): readonly ConversationEvent[] {
  const { view } = snapshot.context
  const next = view.turns.length + view.queue.length + (view.open ? 1 : 0) + 1
  const events: readonly (ConversationEvent | { type: string })[] = [
    ...(next <= 2
      ? ([
          { type: 'user.send', turnId: `t${next}`, input: 'x', at: 1 },
          { type: 'turn.retry', turnId: `t${next}`, at: 1 },
        ] as const)
      : []),
    { type: 'user.stop' },
    { type: 'conversation.close' },
    { type: 'context.clear' },
    { type: 'queue.release' },
    { type: 'reply.opened' },
    { ...reply, content: text, stopReason: 'end_turn' },
    { ...reply, content: calls, stopReason: 'tool_use' },
    { type: 'reply.refused', refusal: { category: null, explanation: null, textShown: true }, usage },
    { type: 'reply.failed', failure, retryable: true },
    { type: 'reply.failed', failure, retryable: false },
    { type: 'tools.settled', results },
    { type: 'refusal.ask' },
    { type: 'refusal.resolve', policy: 'drop-turn' },
    { type: 'refusal.resolve', policy: { rewind: 1 } },
    { type: 'refusal.resolve', policy: { rephrase: 'y' } },
    { type: 'journal.ready' },
    { type: 'journal.saved', revision: view.revision },
    { type: 'journal.failed', failure: { code: 'journal-write-failed', message: 'x' } },
    ...snapshot._nodes.flatMap((node) => node.after.map(({ eventType }) => ({ type: eventType }))),
    ...['reply', 'tools', 'decision', 'journal'].map((id) => ({
      type: `xstate.error.actor.${id}`,
      error: new Error('x'),
    })),
  ]
  return (events as readonly ConversationEvent[]).filter((event) => snapshot.can(event))
}

/** What tells one vertex from another: where the chart is, and the facts by their kinds; no texts. */
const serializeState = (snapshot: Snapshot): string => {
  const { view, unsaved, attempt } = snapshot.context
  return JSON.stringify([
    snapshot.value,
    view.turns.map(({ status, kept }) => [status, kept]),
    view.open?.steps.length ?? -1,
    view.head,
    view.queue.length,
    view.held,
    view.undecided,
    unsaved.length > 0,
    attempt,
  ])
}

const pathsFor = (input: ConversationInput) =>
  getShortestPaths(conversationMachine as AnyStateMachine, {
    input,
    events: eventsFrom as never,
    serializeState: serializeState as never,
    stopWhen: (snapshot) => (snapshot as unknown as Snapshot).context.view.turns.length >= 2,
    limit: 200_000,
  })

describe.each([
  ['reject', 2],
  ['queue', 2],
  ['interrupt', 2],
] as const)('every generated path, with whenBusy "%s" and %i attempts,', (whenBusy, maxAttempts) => {
  const paths = pathsFor({ settings: { whenBusy, maxAttempts, maxSteps: 2 } })

  it('together reach every leaf of the chart', () => {
    const reached = new Set(paths.map(({ state }) => stateName((state as unknown as Snapshot).value)))
    expect(leaves.filter((leaf) => !reached.has(leaf))).toEqual([])
  })

  it('ends in a conversation that is whole', () => {
    expect(paths.length).toBeGreaterThan(100)
    for (const { state, steps } of paths) {
      const snapshot = state as unknown as Snapshot
      const { view } = snapshot.context
      const way = steps.map(({ event }) => event.type).join(' > ')
      const onPath = path(view, view.head)
      expect(
        onPath.every((turn) => turn.kept && turn.status !== 'refused'),
        way,
      ).toBe(true)
      expect(
        onPath.some((turn) => view.withdrawn.includes(turn.id)),
        way,
      ).toBe(false)
      // An answer for each call, and a user's message first and last.
      const { messages } = buildRequest({ ...view, open: null }, { model: 'm1', promptHash: 'p' })
      expect(
        messages.map(({ role }) => role),
        way,
      ).toEqual(messages.map((_, index) => (index % 2 === 0 ? 'user' : 'assistant')))
      // An open turn is under way, or about to be; a resting leaf has none.
      if (snapshot.hasTag('ready')) expect(view.open, way).toBeNull()
      if (snapshot.matches('streaming') || snapshot.matches('tools')) expect(view.open, way).not.toBeNull()
      expect(snapshot.status, way).not.toBe('error')
    }
  })

  it('leaves facts that fold to the same view', () => {
    for (const { state } of paths.filter((_, index) => index % 50 === 0)) {
      const { view, unsaved } = (state as unknown as Snapshot).context
      // With no journal answering, everything recorded is unsaved; what was acknowledged was acknowledged whole.
      if (unsaved.length === view.revision) expect(fold(JSON.parse(JSON.stringify(unsaved)))).toEqual(view)
    }
  })
})
