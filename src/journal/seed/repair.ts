/** A change to a seeded history that was needed to make it sendable. */
export interface Repair {
  /** Index in the seeded `messages`. */
  readonly message: number
  readonly what: string
}

/** Reports a repair of the current message. */
export type Report = (what: string) => void

export type { Fields } from '../../objects.ts'

/** The first of these values that is a text; an empty text if there is none. */
export const firstText = (...values: readonly unknown[]): string =>
  values.find((value): value is string => typeof value === 'string') ?? ''
