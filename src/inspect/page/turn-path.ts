// The path of the present turn through the chart: from the message that opened it to where the conversation is now.
import type { ChartDefinition } from '../chart/definition.ts'
import { activeStates } from '../chart/svg.ts'
import type { InspectionRecord, TransitionRecord } from '../../observe/records.ts'

/** One step of a path, between two states of the machine itself. */
interface PathRecord {
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

/** A state inside of another one that the path led through. */
interface PassedState {
  readonly id: string
  /** The step of the path that led to the state around it. */
  readonly step: number
  /** Its place among the states that were passed inside of that, from 1. */
  readonly number: number
  /** The record of the transition to it. */
  readonly seq: number
}

/** The path of a turn, and the states that it led through inside of others. */
export interface TurnPath {
  readonly steps: readonly PathRecord[]
  /** In order. A state that was passed twice is here twice. */
  readonly passed: readonly PassedState[]
}

/**
 * The path of the present or the last turn: the steps since the conversation left a state that is ready for a message, or all of
 * them if it never did.
 */
export function pathOf(records: readonly InspectionRecord[], chart: ChartDefinition): TurnPath {
  const isReady = readyIn(chart)
  const all: TransitionRecord[] = []
  for (let at = records.length - 1; at >= 0; at--) {
    const record = records[at]
    if (!record || !isStep(record)) continue
    all.unshift(record)
    if (isReady(record.from) && !isReady(record.to) && !leadsToEnd(chart, topOf(record.to))) break
  }
  const steps: PathRecord[] = []
  const passed: PassedState[] = []
  let inside = 0
  for (const record of all) {
    const [from, to] = [topOf(record.from), topOf(record.to)]
    if (from !== to) {
      inside = 0
      steps.push({ number: steps.length + 1, from, to, transitions: record.transitions, record })
    }
    if (record.to !== to) passed.push({ id: record.to, step: steps.length, number: ++inside, seq: record.seq })
  }
  return { steps, passed }
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
