// The shortest ways through a graph of the chart, and what happens on them.
import type { AnyStateMachine, AnyTransitionDefinition } from 'xstate'
import { getShortestPaths } from 'xstate/graph'
import {
  type ConversationEmitted,
  type ConversationEvent,
  conversationMachine,
  unsavedFacts,
} from '../../machines/index.ts'
import { type Fact, findTurn, type View } from '../../src/journal/index.ts'
import type { Graph } from './graphs.ts'
import { type ConversationSnapshot, people, type Pool, replies, storing } from './pools.ts'

const always: readonly Pool[] = [people, replies, storing]

/** The events that a conversation in this state can get. */
export function eventsOf({ pools, sends }: Graph, snapshot: ConversationSnapshot): readonly ConversationEvent[] {
  if (snapshot.status !== 'active') return []
  const { view } = snapshot.context
  const next = Array.from({ length: sends }, (_, index) => `t${index + 1}`).find(
    (turnId) => !findTurn(view, turnId) && !view.queue.some((item) => item.turnId === turnId),
  )
  return [
    ...(next === undefined ? [] : [{ type: 'user.send', turnId: next, input: 'x', at: 1 } as const]),
    ...[...always, ...pools].flatMap((pool) => pool(snapshot)),
  ].filter((event) => snapshot.can(event))
}

const lastStopReason = ({ turns }: View) =>
  turns
    .at(-1)
    ?.steps.flatMap((step) => (step.role === 'assistant' ? [step.stopReason] : []))
    .at(-1)

/** What distinguishes vertices: the state of the chart, and the facts by kind, without texts and costs. */
const serialize = ({ value, context }: ConversationSnapshot): string => {
  const { view, pending, settings } = context
  const { tries } = view
  const unsaved = unsavedFacts(pending)
  return JSON.stringify([
    value,
    view.turns.map(({ status, kept, kind }) => [status, kept, kind]),
    view.open && [
      view.open.steps.map(({ role }) => role),
      view.open.kind,
      view.open.input,
      view.open.parent,
      view.open.force,
    ],
    view.head,
    view.withdrawn,
    view.queue.length,
    view.held,
    [view.awaitingApproval, view.awaitingAnswer, view.startedCalls, view.decisions.map(({ callId }) => callId)].map(
      (ids) => [...new Set(ids)],
    ),
    lastStopReason(view),
    view.model,
    view.away,
    view.strippedThinking[view.open?.id ?? ''],
    view.rejections.setAside.length,
    view.rejections.rejected.length,
    unsaved.length > 0,
    tries,
    settings.budget,
  ])
}

interface Executed {
  readonly type: string
  readonly params: unknown
  readonly info: { readonly self: unknown }
}

/** The events that the chart sent to itself. An actor takes them next, after what its slots answer. */
export const sentToItself = (actions: readonly Executed[]): readonly ConversationEvent[] =>
  actions.flatMap(({ type, params, info }) => {
    if (type !== 'xstate.sendTo') return []
    const { to, event } = params as { readonly to: unknown; readonly event: ConversationEvent }
    return to === info.self ? [event] : []
  })

/** What happened on the way to a snapshot: the first that was found, which is the one that the snapshot comes from. */
interface Trace {
  readonly events: readonly string[]
  readonly facts: readonly Fact[]
  readonly told: readonly ConversationEmitted[]
}

export interface WayThrough extends Trace {
  readonly snapshot: ConversationSnapshot
}

/** The shortest way to each vertex of a graph, and the transitions that its edges take. */
export function explore(graph: Graph): {
  readonly ways: readonly WayThrough[]
  readonly taken: ReadonlySet<AnyTransitionDefinition>
} {
  const machine = conversationMachine as AnyStateMachine
  const taken = new Set<AnyTransitionDefinition>()
  const traces = new WeakMap<object, Trace>()
  const traceOf = (snapshot: ConversationSnapshot): Trace =>
    traces.get(snapshot) ?? { events: [], facts: unsavedFacts(snapshot.context.pending), told: [] }

  /** The inspection events of each step: the pure functions report them only here. */
  const inspect = ({ _transitions = [] }: { readonly _transitions?: readonly AnyTransitionDefinition[] }) => {
    for (const definition of _transitions) taken.add(definition)
  }

  const transition: AnyStateMachine['transition'] = (from, event, scope) => {
    const told: ConversationEmitted[] = []
    const events = [event]
    let to = from
    for (let next = events.shift(); next !== undefined; next = events.shift())
      to = machine.transition(to, next, {
        ...scope,
        system: { ...scope.system, _sendInspectionEvent: inspect } as typeof scope.system,
        actionExecutor: (action) => {
          const { type, params } = action
          if (type === 'xstate.emit') told.push((params as unknown as { event: ConversationEmitted }).event)
          events.push(...sentToItself([action]))
        },
      })
    const [before, after] = [from, to] as unknown as readonly [ConversationSnapshot, ConversationSnapshot]
    if (before === after) return to
    const trace = traceOf(before)
    const news = after.context.view.revision - before.context.view.revision
    traces.set(after, {
      events: [...trace.events, event.type],
      facts: news > 0 ? [...trace.facts, ...unsavedFacts(after.context.pending).slice(-news)] : trace.facts,
      told: told.length > 0 ? [...trace.told, ...told] : trace.told,
    })
    return to
  }

  const paths = getShortestPaths(Object.assign(Object.create(machine) as AnyStateMachine, { transition }), {
    input: { id: 'c1', model: 'm1', settings: graph.settings },
    events: ((snapshot: ConversationSnapshot) => eventsOf(graph, snapshot)) as never,
    serializeState: serialize as never,
    stopWhen: (snapshot) => (snapshot as unknown as ConversationSnapshot).context.view.turns.length >= graph.turns,
    limit: 300_000,
  })
  const ways = paths.map(({ state }) => {
    const snapshot = state as unknown as ConversationSnapshot
    return { snapshot, ...traceOf(snapshot) }
  })
  return { ways, taken }
}
