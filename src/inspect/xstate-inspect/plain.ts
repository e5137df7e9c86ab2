import { Actor } from 'xstate'
import { deepestNesting } from '../../journal/index.ts'

/**
 * A value as JSON can hold it. Functions and symbols are left out, an actor is `{ id }`, an error its name and message, a
 * set an array, a map an object of its entries, a bigint its digits, what holds itself `[Circular]`, and what is nested
 * deeper than data that is sent `[Nested too deeply]`.
 */
export function toPlain(value: unknown, within: readonly object[] = []): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'function' || typeof value === 'symbol') return undefined
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Actor) return { id: value.id }
  if (within.includes(value)) return '[Circular]'
  if (within.length === deepestNesting) return '[Nested too deeply]'
  const inside = [...within, value]
  if (value instanceof Error) return { name: value.name, message: value.message }
  if (value instanceof Map) return toPlain(Object.fromEntries(value), inside)
  if (value instanceof Set) return toPlain([...value], inside)
  if (Array.isArray(value)) return value.map((item) => toPlain(item, inside))
  if ('toJSON' in value && typeof value.toJSON === 'function') return toPlain(value.toJSON(), inside)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toPlain(item, inside)]))
}
