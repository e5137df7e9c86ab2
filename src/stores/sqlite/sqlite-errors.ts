import { messageOf, quoteOf, TurnstateError, type TurnstateErrorCode } from '../../errors.ts'
import { isObject } from '../../objects.ts'

/** What a primary result code of SQLite means for the file. */
const meanings: Readonly<Record<number, readonly [code: TurnstateErrorCode, what: string]>> = {
  5: ['store-unavailable', 'is locked by another program'],
  6: ['store-unavailable', 'is locked by another program'],
  8: ['store-unavailable', 'is read-only'],
  10: ['store-unavailable', 'cannot be read or written'],
  11: ['store-invalid', 'is damaged. Restore a backup of it'],
  13: ['store-unavailable', 'cannot grow: the disk is full'],
  14: ['store-unavailable', 'cannot be opened, or no file can be created next to it'],
  23: ['store-unavailable', 'may not be opened'],
  26: ['store-invalid', 'is not a SQLite database'],
}

/** An error of SQLite or of the file system as one of ours. */
export function sqliteError(thrown: unknown, path: string): TurnstateError {
  if (TurnstateError.is(thrown)) return thrown
  const [ours, what] = meanings[resultCode(thrown)] ?? (['store-unavailable', 'cannot be used'] as const)
  return new TurnstateError(ours, `The database ${path} ${what}.`, quoteOf(thrown))
}

/** Whether another process has locked the file. */
export const isBusy = (thrown: unknown): boolean => resultCode(thrown) === 5

/** The texts of SQLite, for errors that the driver throws without a code. */
const texts: readonly (readonly [text: string, code: number])[] = [
  ['database is locked', 5],
  ['database table is locked', 6],
  ['attempt to write a readonly database', 8],
  ['disk I/O error', 10],
  ['database disk image is malformed', 11],
  ['malformed database schema', 11],
  ['database or disk is full', 13],
  ['unable to open database file', 14],
  ['file is not a database', 26],
]

/** The primary result code of SQLite; 0 for another error. */
function resultCode(thrown: unknown): number {
  if (isObject(thrown) && typeof thrown['errcode'] === 'number') return thrown['errcode'] & 0xff
  const message = messageOf(thrown)
  return texts.find(([text]) => message.includes(text))?.[1] ?? 0
}
