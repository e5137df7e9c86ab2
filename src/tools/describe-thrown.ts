import { messageOf } from '../errors.ts'

/** What was thrown, in words. Anything can be thrown, also what has none. */
export const describeThrown = (thrown: unknown): string => messageOf(thrown).trim() || 'it gave no reason'
