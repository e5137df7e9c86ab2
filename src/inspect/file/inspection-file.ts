// Exports of an inspector: JSON lines. The first line names the format; then each conversation is followed by its records.
// Redacted texts stay redacted, because the inspector never had them.
import { TurnstateError } from '../../errors.ts'
import { deepestNesting, readJson } from '../../journal/index.ts'
import type { ChartDefinition } from '../chart/definition.ts'
import { ConversationLog } from '../log/conversation-log.ts'
import { type InspectionRecord, recordVersion } from '../../observe/records.ts'
import { isRecord, objectionToRecord, readChart } from '../wire/read-message.ts'
import { timeSlices } from './time-slices.ts'
import { linesOf, type Pieces } from './lines.ts'

/** Version of the file format that this release writes, and the newest that it reads. */
const fileVersion = 1

export interface FiledConversation {
  readonly chart: ChartDefinition
  readonly records: readonly InspectionRecord[]
  /** The last state. */
  readonly state: string
  /** Number of records that the inspector dropped. */
  readonly dropped: number
}

/** The lines of a file, each with its newline. */
export function* fileLines(conversations: Iterable<FiledConversation>): Generator<string> {
  yield `${JSON.stringify({ turnstate: 'inspection', v: fileVersion })}\n`
  for (const { chart, records, state, dropped } of conversations) {
    yield `${JSON.stringify({ conversation: records[0]?.conversation ?? '', state, dropped, chart })}\n`
    for (const record of records) yield `${JSON.stringify(record)}\n`
  }
}

/** Maximum bytes of a file. Exports are never larger. */
export const largestFile = 64 * 1024 * 1024

/** Further limits of a file. Exports stay below them. */
const limits = {
  line: 16 * 1024 * 1024,
  /** Objects, arrays, and their items, per line. */
  values: 200_000,
  conversations: 500,
} as const

/** Maximum nesting of a line: that of the data that a conversation accepts, and of the record around it. */
const levels = deepestNesting + 32

/**
 * Reads the conversations of a file, in slices of time. Of each it returns the records that a log keeps.
 *
 * @throws TurnstateError `inspection-file-invalid` with the number of the line; `inspection-file-version-unsupported` for a file or
 * a record of a later release; `file-too-large` above 64 MiB. Then nothing is read.
 */
export async function readFile(pieces: Pieces): Promise<readonly FiledConversation[]> {
  const conversations: Reading[] = []
  const pause = timeSlices()
  let isEmpty = true
  for await (const { line, number } of linesOf(upTo(largestFile, pieces), { longest: limits.line, invalid })) {
    isEmpty = false
    const value = parse(line, number)
    if (number === 1) checkHeading(value)
    else if ('chart' in value) conversations.push(readHeading(value, number, conversations.length))
    else addRecord(conversations.at(-1), value, number)
    await pause()
  }
  if (isEmpty) throw invalid(1, 'it is empty')
  return conversations.map(({ chart, log, state, dropped }) => ({
    chart,
    records: log.all(),
    state,
    dropped: dropped + log.dropped,
  }))
}

async function* upTo(limit: number, pieces: Pieces): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.byteLength
    if (bytes > limit)
      throw new TurnstateError('file-too-large', `The file is larger than ${limit} bytes. Nothing was read.`)
    yield piece
  }
}

/** A conversation whose records are being read. */
interface Reading {
  readonly chart: ChartDefinition
  readonly log: ConversationLog
  readonly state: string
  readonly dropped: number
}

function checkHeading(value: object): void {
  if (!('turnstate' in value) || value.turnstate !== 'inspection')
    throw invalid(1, 'it is not the first line of an export')
  if ('v' in value && typeof value.v === 'number' && value.v > fileVersion)
    throw fromTheFuture(`it is of version ${value.v}, this release reads up to ${fileVersion}`)
}

function readHeading(value: { readonly chart: unknown }, number: number, before: number): Reading {
  if (before === limits.conversations)
    throw invalid(number, `there are more than ${limits.conversations} conversations`)
  const chart = readChart(value.chart)
  if (typeof chart === 'string') throw invalid(number, `its chart can not be read: ${chart}`)
  const state = 'state' in value ? value.state : ''
  const dropped = 'dropped' in value ? value.dropped : 0
  if (typeof state !== 'string' || state.length > 1_000) throw invalid(number, 'its state is not a name')
  if (typeof dropped !== 'number' || !Number.isSafeInteger(dropped) || dropped < 0)
    throw invalid(number, '`dropped` is not a whole number')
  return { chart, log: new ConversationLog(), state, dropped }
}

function addRecord(conversation: Reading | undefined, value: object, number: number): void {
  if ('v' in value && typeof value.v === 'number' && value.v > recordVersion)
    throw fromTheFuture(`line ${number} is a record of version ${value.v}, this release reads up to ${recordVersion}`)
  if (!isRecord(value)) throw invalid(number, objectionToRecord(value))
  if (!conversation) throw invalid(number, 'there is no conversation before it')
  const taken = conversation.log.add(value)
  if (value.type === 'fact' && taken.type === 'lost')
    throw invalid(number, taken.why ?? 'the fact does not fit the ones before')
}

function parse(line: string, number: number): object {
  let value: unknown
  try {
    value = readJson(line, { levels, values: limits.values })
  } catch (error) {
    if (error instanceof RangeError) throw invalid(number, error.message)
    throw invalid(number, 'it is not JSON; the file may have been cut off')
  }
  if (typeof value === 'object' && value !== null) return value
  throw invalid(number, 'it is not an object')
}

const invalid = (line: number, why: string): Error =>
  new TurnstateError(
    'inspection-file-invalid',
    `This is not a valid export of an inspector: line ${line}: ${why}. Nothing was read. Export it again on the inspector's page.`,
  )

const fromTheFuture = (why: string) =>
  new TurnstateError(
    'inspection-file-version-unsupported',
    `The file was written by a later release of turnstate: ${why}. Nothing was read; upgrade turnstate.`,
  )
