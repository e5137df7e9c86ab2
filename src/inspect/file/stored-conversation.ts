// A stored conversation as an inspector shows it: its facts become records. Nothing else was recorded of it.
import { TurnstateError } from '../../errors.ts'
import { emptyView, Folding, type StoredFact, stateOf, type View } from '../../journal/index.ts'
import { redactionFor } from '../../observe/redaction.ts'
import { type InspectionRecord, recordVersion } from '../../observe/records.ts'
import type { ChartDefinition } from '../chart/definition.ts'
import type { FiledConversation } from './inspection-file.ts'
import { timeSlices } from './time-slices.ts'

export interface StoredConversation {
  readonly id: string
  /** Pages of its facts, from the first. */
  readonly facts: AsyncIterable<readonly StoredFact[]>
}

export interface FilingOptions {
  /** The chart of conversations. */
  readonly chart: ChartDefinition
  /** The version of the machine. */
  readonly version: string
  /** Whether to show what people and models said. */
  readonly includeText: boolean
}

/**
 * Reads a stored conversation, in slices of time.
 *
 * @throws TurnstateError `journal-damaged`, `journal-version-unsupported`, and what reading its facts throws
 */
export async function filedFrom(
  { id, facts }: StoredConversation,
  { chart, version, includeText }: FilingOptions,
): Promise<FiledConversation> {
  const redaction = redactionFor(includeText)
  const folding = new Folding(emptyView)
  const records: InspectionRecord[] = []
  const pause = timeSlices()
  let at = 0
  for await (const page of facts) {
    folding.addAll(page)
    for (const fact of page) {
      if ('at' in fact) at = fact.at
      const common = { v: recordVersion, seq: records.length + 1, at, conversation: id } as const
      records.push({ ...common, type: 'fact', index: records.length, fact: redaction.fact(fact), state: null })
      await pause()
    }
  }
  const { view } = folding
  const [first] = records
  if (!first) throw new TurnstateError('journal-damaged', `The conversation ${id} has no facts.`, { factIndex: 0 })
  const observed: InspectionRecord = {
    v: recordVersion,
    seq: 0,
    at: first.at,
    conversation: id,
    type: 'observed',
    model: view.model,
    machine: { id: chart.id, version },
    state: chartStateOf(view),
    revision: view.revision,
    includesText: includeText,
  }
  return { chart, records: [observed, ...records], state: chartStateOf(view), dropped: 0 }
}

/** The state of the chart in which the next process finds it. */
function chartStateOf(view: View): string {
  const state = stateOf(view)
  return state === 'interrupted' ? 'streaming' : state === 'deferred' ? 'refused' : state
}
