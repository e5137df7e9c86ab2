/** What had to be changed about a seeded history so that it can be sent. */
export interface Repair {
  /** Index in the seeded `messages`. */
  readonly message: number
  readonly what: string
}

/** Reports a repair of the message at hand. */
export type Report = (what: string) => void

export type { Fields } from '../../objects.ts'

/** The first of these values that is a text; the empty one when none is. */
export const firstText = (...values: readonly unknown[]): string =>
  values.find((value): value is string => typeof value === 'string') ?? ''
