// What an inspector has seen, as a file: JSON lines. The first says what it is, then each conversation with its records.
// What was redacted stays so: a file holds nothing that the inspector did not have.
import { TurnstateError } from '../../errors.ts'
import type { ChartDefinition } from '../chart/definition.ts'
import { type InspectionRecord, recordVersion } from '../observe/records.ts'
import { isChart, isRecord } from '../wire/read-message.ts'

/** The version of the files that this release writes, and the newest that it reads. */
const fileVersion = 1

export interface FiledConversation {
  readonly chart: ChartDefinition
  readonly records: readonly InspectionRecord[]
  /** Where the conversation was in the end. */
  readonly state: string
  /** Records that the inspector kept no more. */
  readonly dropped: number
}

/** The lines of a file, each with its end. */
export function* fileLines(conversations: Iterable<FiledConversation>): Generator<string> {
  yield `${JSON.stringify({ turnstate: 'inspection', v: fileVersion })}\n`
  for (const { chart, records, state, dropped } of conversations) {
    yield `${JSON.stringify({ conversation: records[0]?.conversation ?? '', state, dropped, chart })}\n`
    for (const record of records) yield `${JSON.stringify(record)}\n`
  }
}

/**
 * The conversations of a file.
 *
 * @throws TurnstateError `inspection-file-invalid`, with the line that is at fault; `inspection-file-version-unsupported` for
 * a file, or a record, of a later release. Nothing is read then.
 */
export function readFile(text: string): readonly FiledConversation[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const [first = ''] = lines
  const heading = parse(first, 1)
  if (!('turnstate' in heading) || heading.turnstate !== 'inspection')
    throw invalid(1, 'it does not begin with what an inspector writes')
  if ('v' in heading && typeof heading.v === 'number' && heading.v > fileVersion)
    throw fromTheFuture(`it is of version ${heading.v}, this release reads up to ${fileVersion}`)
  const conversations: (FiledConversation & { readonly records: InspectionRecord[] })[] = []
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue
    const value = parse(line, index + 1)
    if ('chart' in value) {
      if (!isChart(value.chart)) throw invalid(index + 1, 'its chart can not be read')
      const state = 'state' in value && typeof value.state === 'string' ? value.state : ''
      const dropped = 'dropped' in value && typeof value.dropped === 'number' ? value.dropped : 0
      conversations.push({ chart: value.chart, records: [], state, dropped })
      continue
    }
    if ('v' in value && typeof value.v === 'number' && value.v > recordVersion)
      throw fromTheFuture(
        `line ${index + 1} is a record of version ${value.v}, this release reads up to ${recordVersion}`,
      )
    if (!isRecord(value)) throw invalid(index + 1, 'it is no record')
    const conversation = conversations.at(-1)
    if (!conversation) throw invalid(index + 1, 'it belongs to no conversation')
    conversation.records.push(value)
  }
  return conversations
}

function parse(line: string, number: number): object {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw invalid(number, 'it is not JSON; the file may have been cut off')
  }
  if (typeof value === 'object' && value !== null) return value
  throw invalid(number, 'it is not an object')
}

const invalid = (line: number, why: string) =>
  new TurnstateError(
    'inspection-file-invalid',
    `This is no file of an inspector's: line ${line}: ${why}. Nothing was read. Export it again from an inspector's page.`,
  )

const fromTheFuture = (why: string) =>
  new TurnstateError(
    'inspection-file-version-unsupported',
    `The file was written by a later release of turnstate: ${why}. Nothing was read; upgrade turnstate.`,
  )
