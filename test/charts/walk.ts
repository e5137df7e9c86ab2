// A way through the chart that chance takes: at each step one of the events that can come.
import { type AnyStateMachine, initialTransition, transition } from 'xstate'
import {
  type ConversationEmitted,
  type ConversationEvent,
  conversationMachine,
  unsavedFacts,
} from '../../machines/index.ts'
import { stateName } from '../../src/state-name.ts'
import type { Fact } from '../../src/journal/index.ts'
import { eventsOf, sentToItself } from './explore.ts'
import type { Graph } from './graphs.ts'
import { type ConversationSnapshot, isTakenOver } from './pools.ts'

/** What one event did. */
export interface WalkStep {
  readonly event: ConversationEvent
  readonly state: string
  readonly facts: readonly Fact[]
  readonly told: readonly ConversationEmitted[]
}

/** Events that end a turn, or lead nowhere, are rare: otherwise most walks would be short. */
const isRare = (event: ConversationEvent, snapshot: ConversationSnapshot) =>
  isKnown(event, snapshot) ||
  (/^(conversation\.started|journal\.(ready|restart|failed|retry)|user\.stop|xstate\.(error|after)\..*)$/.test(
    event.type,
  ) &&
    !comesTooLate(event))

/** The journal has acknowledged that before. */
const isKnown = (event: ConversationEvent, { context }: ConversationSnapshot) =>
  event.type === 'journal.saved' && event.revision <= context.stored.revision

/** Events that end a conversation are still rarer. */
const isLast = (event: ConversationEvent, snapshot: ConversationSnapshot) =>
  ['conversation.close', 'journal.lost'].includes(event.type) || isTakenOver(event, snapshot)

const comesTooLate = (event: ConversationEvent) => event.type === 'user.stop' && event.partial?.arrivedWhole === true

/** Every kind of event is equally likely, however many events of it are possible. */
function choose(
  events: readonly ConversationEvent[],
  choice: number,
  snapshot: ConversationSnapshot,
): ConversationEvent | undefined {
  const further = events.filter((event) => !isLast(event, snapshot))
  const frequent = further.filter((event) => !isRare(event, snapshot))
  const [from = events] = [
    choice % 40 === 0 ? events : [],
    choice % 10 === 0 ? further : [],
    frequent,
    further.filter((event) => !isKnown(event, snapshot)),
    events,
  ].filter((some) => some.length > 0)
  const types = [...new Set(from.map(({ type }) => type))]
  const left = Math.floor(choice / 10)
  const ofType = from.filter(({ type }) => type === types[left % types.length])
  return ofType[Math.floor(left / types.length) % ofType.length]
}

/** The steps that `choices` make: the journal starts, then each choice takes one of the possible events. */
export function walk(graph: Graph, choices: readonly number[]): readonly WalkStep[] {
  const machine = conversationMachine as AnyStateMachine
  const steps: WalkStep[] = []
  let [snapshot] = initialTransition(machine, { id: 'c1', model: 'm1', settings: graph.settings })
  for (const choice of choices) {
    const before = snapshot as unknown as ConversationSnapshot
    const event = before.matches('loading')
      ? ({ type: 'journal.ready' } as const)
      : choose(eventsOf(graph, before), choice, before)
    if (!event) break
    let [next, actions] = transition(machine, snapshot, event)
    for (const own of sentToItself(actions)) {
      const [after, more] = transition(machine, next, own)
      next = after
      actions = [...actions, ...more]
    }
    const after = next as unknown as ConversationSnapshot
    const news = after.context.view.revision - before.context.view.revision
    steps.push({
      event,
      state: stateName(after.value),
      facts: news > 0 ? unsavedFacts(after.context.pending).slice(-news) : [],
      told: actions.flatMap(({ type, params }) =>
        (type as string) === 'xstate.emit' ? [(params as unknown as { event: ConversationEmitted }).event] : [],
      ),
    })
    snapshot = next
  }
  return steps
}
