// The path of the present turn through the chart: from the message that opened it to where the conversation is now.
import type { ChartDefinition } from '../chart/definition.ts'
import { activeStates } from '../chart/svg.ts'
import type { InspectionRecord, TransitionRecord } from '../../observe/records.ts'

/** One step of a path, between two states of the machine itself. */
export interface PathRecord {
  /** Its place in the path, from 1. */
  readonly number: number
  /** Names of states of the machine, without those inside of them. */
  readonly from: string
  readonly to: string
  /** Ids of the transitions that were taken. */
  readonly transitions: readonly string[]
  readonly record: TransitionRecord
}

/** Whether a record is a step of the conversation itself to another state. */
export const isStep = (record: InspectionRecord): record is TransitionRecord =>
  record.type === 'transition' && record.actor === 'conversation' && record.from !== record.to

/** The steps of the conversation, the oldest first. @param last How many of the newest. */
export function stepsOf(records: readonly InspectionRecord[], last: number): readonly TransitionRecord[] {
  const found: TransitionRecord[] = []
  for (let at = records.length - 1; at >= 0 && found.length < last; at--) {
    const record = records[at]
    if (record && isStep(record)) found.push(record)
  }
  return found.toReversed()
}

/**
 * The path of the present or the last turn: the steps since the conversation left a state that is ready for a message, or all of
 * them if it never did.
 */
export function pathOf(records: readonly InspectionRecord[], chart: ChartDefinition): readonly PathRecord[] {
  const isReady = readyIn(chart)
  const steps: TransitionRecord[] = []
  for (let at = records.length - 1; at >= 0; at--) {
    const record = records[at]
    if (!record || !isStep(record)) continue
    steps.unshift(record)
    if (isReady(record.from) && !isReady(record.to) && !leadsToEnd(chart, topOf(record.to))) break
  }
  return steps
    .filter(({ from, to }) => topOf(from) !== topOf(to))
    .map((record, index) => ({
      number: index + 1,
      from: topOf(record.from),
      to: topOf(record.to),
      transitions: record.transitions,
      record,
    }))
}

const topOf = (state: string): string => state.split(/[. ]/, 1)[0] ?? state

/** Whether a state of the machine ends it, or can only lead to one that does: it is the last step of a path, not the first. */
function leadsToEnd({ states, transitions }: ChartDefinition, top: string): boolean {
  const isFinal = (id: string) => states.find((state) => state.id === id)?.type === 'final'
  const targets = transitions.filter(({ source }) => topOf(source) === top).flatMap((transition) => transition.targets)
  return isFinal(top) || (targets.length > 0 && targets.every(isFinal))
}

/** Whether a state of this name takes a message at once: it, or a state around it, has the tag `ready`. */
function readyIn({ states }: ChartDefinition): (name: string) => boolean {
  const ready = new Set(states.filter(({ tags }) => tags.includes('ready')).map(({ id }) => id))
  return (name) => [...activeStates(name)].some((id) => ready.has(id))
}
