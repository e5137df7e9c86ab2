import { TurnstateError } from '../errors.ts'
import { kindOf, type Level, levels } from './record-kinds.ts'
import type { InspectionRecord, RecordListener } from './records.ts'

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
    const level = kindOf(record).level(record)
    if (order === 'record-first') logger[level](record, sentence)
    else logger[level](sentence, record)
  }
}

/** A record as a line for people. */
export const describeRecord = (record: InspectionRecord): string => kindOf(record).sentence(record)
