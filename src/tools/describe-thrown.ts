import { messageOf } from '../errors.ts'

/** What was thrown, in words. Anything can be thrown, also what has none or throws when it is read. */
export function describeThrown(thrown: unknown): string {
  try {
    return messageOf(thrown).trim() || 'it gave no reason'
  } catch {
    return 'it gave no reason'
  }
}
