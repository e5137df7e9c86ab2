// The outcome of a message as the app gets it: that of the journal, with sentences for users, errors and parsed output.
import { type Failure, TurnstateError } from '../../errors.ts'
import type { MessageOutcome, MessageRefusal } from '../../journal/index.ts'
import type { RefusalReport, TurnOutcome } from './events.ts'

/** What the app makes of texts. */
export interface Readers {
  /** A sentence that users may be shown about a refusal of this category. */
  messageForUser(category: string | null): string
  /** Parses structured output. @throws TurnstateError `output-invalid` */
  parse(text: string): unknown
}

/** The outcome of a message as the app gets it. */
export function toTurnOutcome(outcome: MessageOutcome, readers: Readers): TurnOutcome {
  const { refusals, refusal: _, failure, isStructured, ...rest } = outcome
  const reports = refusals.map((refusal) => toRefusalReport(refusal, readers))
  const last = reports.at(-1)
  return {
    ...rest,
    refusals: reports,
    ...(outcome.refusal && last ? { refusal: last } : {}),
    ...(failure ? { error: toError(failure) } : {}),
    ...(isStructured ? tryTo((text) => readers.parse(text), rest.text) : {}),
  }
}

/** A refusal as the app sees it. Where the API itself went on with another model, users are shown nothing. */
export const toRefusalReport = (refusal: MessageRefusal, readers: Pick<Readers, 'messageForUser'>): RefusalReport => ({
  ...refusal,
  messageForUser: refusal.servedByApi ? '' : readers.messageForUser(refusal.category),
})

function tryTo(parse: (text: string) => unknown, text: string): Pick<TurnOutcome, 'parsed' | 'error'> {
  try {
    return { parsed: parse(text) }
  } catch (error) {
    return TurnstateError.is(error) ? { error } : {}
  }
}

const errors = new WeakMap<Failure, TurnstateError>()

/** A failure as an error: the same error for the same failure, so that comparing by identity shows no change. */
export function toError(failure: Failure): TurnstateError {
  const { code, message, ...details } = failure
  const error = errors.get(failure) ?? new TurnstateError(code, message, details)
  errors.set(failure, error)
  return error
}
