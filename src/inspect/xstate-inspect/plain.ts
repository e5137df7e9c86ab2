import { Actor } from 'xstate'

/**
 * A value as JSON can hold it. Functions and symbols are left out, an actor is `{ id }`, an error its name and message, a
 * set an array, a map an object of its entries, a bigint its digits, and what holds itself `[Circular]`.
 */
export function toPlain(value: unknown, within: readonly object[] = []): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'function' || typeof value === 'symbol') return undefined
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Actor) return { id: value.id }
  if (within.includes(value)) return '[Circular]'
  const inside = [...within, value]
  if (value instanceof Error) return { name: value.name, message: value.message }
  if (value instanceof Map) return toPlain(Object.fromEntries(value), inside)
  if (value instanceof Set) return toPlain([...value], inside)
  if (Array.isArray(value)) return value.map((item) => toPlain(item, inside))
  if ('toJSON' in value && typeof value.toJSON === 'function') return toPlain(value.toJSON(), inside)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toPlain(item, inside)]))
}
