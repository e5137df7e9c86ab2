import { quoteOf, TurnstateError, type TurnstateErrorCode } from '../../errors.ts'
import { isObject } from '../../objects.ts'

type Meaning = readonly [begins: string, code: TurnstateErrorCode, what: string]

/** What SQLSTATEs and codes of Node mean, by how they begin. The first that fits counts. */
const meanings: readonly Meaning[] = [
  ['28', 'store-invalid', 'refuses the user or the password'],
  ['3D000', 'store-invalid', 'has no such database'],
  ['42501', 'store-invalid', 'does not give the user the rights that it needs'],
  ['42P01', 'store-invalid', 'lacks tables of turnstate: they were removed'],
  ['42703', 'store-invalid', 'has tables of turnstate that another program has changed'],
  ['25006', 'store-unavailable', 'is read-only: it may be a replica'],
  ['53100', 'store-unavailable', 'has a full disk'],
  ['53300', 'store-unavailable', 'has too many connections'],
  ['57014', 'store-unavailable', 'took too long'],
  ['57P', 'store-unavailable', 'is shutting down or starting'],
  ['ECONNREFUSED', 'store-unavailable', 'cannot be reached: nothing listens at its address'],
  ['ENOTFOUND', 'store-unavailable', 'cannot be reached: its address is unknown'],
  ['ENOENT', 'store-unavailable', 'cannot be reached: nothing listens at its address'],
]

/** An error of Postgres or of the network as one of ours. It never holds the address or the password. */
export function postgresError(thrown: unknown, name: string): TurnstateError {
  if (TurnstateError.is(thrown)) return thrown
  const code = codeOf(thrown)
  const [, ours, what] =
    meanings.find(([begins]) => code.startsWith(begins)) ??
    (isAboutPassword(thrown)
      ? (['', 'store-invalid', 'refuses the user or the password'] as const)
      : (['', 'store-unavailable', 'does not answer as it should'] as const))
  return new TurnstateError(ours, `The database ${name} ${what}.`, quoteOf(thrown))
}

/** The SQLSTATE or Node's code; for several addresses, that of the first. */
export function codeOf(thrown: unknown): string {
  if (!isObject(thrown)) return ''
  if (typeof thrown['code'] === 'string') return thrown['code']
  return thrown instanceof AggregateError ? codeOf(thrown.errors[0]) : ''
}

/** The driver's own objections to a password have no code. */
const isAboutPassword = (thrown: unknown): boolean => thrown instanceof Error && /^SASL\b/.test(thrown.message)
