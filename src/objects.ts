// Values from outside, before anything is known about them.

/** An object by its fields. */
export type Fields = Readonly<Record<string, unknown>>

/** Whether a value is an object or an array: its fields can be read. */
export const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null

/** Whether a value is an object and no array. */
export const isRecord = (value: unknown): value is Fields => isObject(value) && !Array.isArray(value)
