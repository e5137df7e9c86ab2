import { TurnstateError } from '../errors.ts'
import type { InspectionRecord, RecordListener } from './records.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const

type Level = (typeof levels)[number]

/** A logger: `console`, pino, or anything else with the methods `debug`, `info`, `warn` and `error`. */
export type RecordLogger = Readonly<Record<Level, (...entry: unknown[]) => void>>

/** The options of `logRecords()`. */
export interface LogOptions {
  /**
   * The order of arguments: the record and then a sentence, as pino expects, or the sentence first, as `console` expects.
   * Default: `record-first` for loggers with a method `bindings`, as pino has; else `message-first`.
   */
  readonly order?: 'record-first' | 'message-first'
}

/**
 * Logs records: pass the result as the option `inspect`. Refusals, rejections and failures are logged as warnings or errors.
 *
 * @throws TurnstateError `invalid-option`
 */
export function logRecords(logger: RecordLogger, options: LogOptions = {}): RecordListener {
  const isLogger =
    typeof logger === 'object' && logger !== null && levels.every((level) => typeof logger[level] === 'function')
  if (!isLogger)
    throw new TurnstateError(
      'invalid-option',
      `The logger must have the methods ${levels.join(', ')}, as console and pino do.`,
    )
  const { order = 'bindings' in logger ? 'record-first' : 'message-first' } = options
  return (record) => {
    const sentence = describeRecord(record)
    const level = levelOf(record)
    if (order === 'record-first') logger[level](record, sentence)
    else logger[level](sentence, record)
  }
}

function levelOf(record: InspectionRecord): Level {
  switch (record.type) {
    case 'refusal':
    case 'rejection':
    case 'lost':
      return 'warn'
    case 'ended':
      return record.status === 'error' ? 'error' : 'info'
    case 'fact':
      return record.fact.type === 'turn.settled' && record.fact.status === 'failed' ? 'warn' : 'info'
    case 'transition':
      return record.from === record.to ? 'debug' : 'info'
    case 'observed':
    case 'request':
      return 'info'
    default:
      return 'debug'
  }
}

/** A record as a line for people. */
export function describeRecord(record: InspectionRecord): string {
  switch (record.type) {
    case 'observed':
      return `observed in ${record.state}, with ${count(record.revision, 'fact')}`
    case 'actor.started':
    case 'actor.stopped':
      return `${record.actor} ${record.type === 'actor.started' ? 'started' : record.status}`
    case 'event':
      return `${record.actor} ← ${record.event}${record.source === null ? '' : ` from ${record.source}`}`
    case 'transition':
      return `${record.actor}: ${record.from} → ${record.to} (${record.event}${record.guard === null ? '' : ` [${record.guard}]`})`
    case 'ignored':
      return `${record.actor} ignored ${record.event} in ${record.state}`
    case 'fact':
      return `fact ${record.index}: ${record.fact.type}${'status' in record.fact ? ` ${record.fact.status}` : ''}`
    case 'refusal':
      return `refused: ${record.category ?? 'no category'}; suspects: ${kinds(record.suspects)}`
    case 'rejection':
      return `rejected: ${record.code}${record.pointer === null ? '' : ` at ${record.pointer}`}; suspects: ${kinds(record.suspects)}`
    case 'request':
      return `request to ${record.model}: ${count(record.messages, 'message')}, ${record.bytes} bytes`
    case 'prompt':
      return `prompt ${record.promptHash}, ${count(record.tools.length, 'tool')}`
    case 'lost':
      return `${record.count === 1 ? '1 record was' : `${record.count} records were`} lost${record.why === undefined ? '' : `: ${record.why}`}`
    case 'ended':
      return `ended: ${record.status}`
  }
}

const kinds = (suspects: readonly { readonly kind: string }[]): string =>
  suspects.map(({ kind }) => kind).join(', ') || 'none'

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`
