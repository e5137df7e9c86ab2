// What a tool may give that is no plain data, and what becomes of it. JSON.stringify makes `{}` or `null` of most of it, and
// the model would take that for the result.
import { isBlob } from '../files/index.ts'

/** What stands for a value, or what it is and what to give in its place. */
export type Told = { readonly as: unknown } | { readonly what: string; readonly instead: string }

/** Told of a value of the kind; nothing of any other. */
type Kind = (value: object, tag: string) => Told | undefined

/** A kind that something can stand for. That may be of another kind itself. */
const told =
  <Value extends object>(
    is: (value: object, tag: string) => value is Value,
    as: (value: Value, tag: string) => unknown,
  ): Kind =>
  (value, tag) =>
    is(value, tag) ? { as: as(value, tag) } : undefined

/** A kind that shows nothing of what it holds. */
const untold =
  (is: (value: object, tag: string) => boolean, what: (tag: string) => string, instead: string): Kind =>
  (value, tag) =>
    is(value, tag) ? { what: what(tag), instead } : undefined

const tagged = (...tags: readonly string[]) => {
  const known = new Set(tags)
  return (_: object, tag: string): boolean => known.has(tag)
}

const hasMethod = (value: object, name: PropertyKey): boolean => typeof Reflect.get(value, name) === 'function'

const named = (tag: string): string => `${/^[AEIOU]/.test(tag) ? 'an' : 'a'} ${tag}`

/** The first that fits counts: an error has fields of its own, and a Buffer a toJSON. */
const kinds: readonly Kind[] = [
  told(isError, errorFields),
  told((value): value is Map<unknown, unknown> => value instanceof Map, mapFields),
  told(
    (value): value is Set<unknown> => value instanceof Set,
    (set) => [...set],
  ),
  untold(
    tagged('Uint8Array', 'Uint8ClampedArray', 'ArrayBuffer', 'SharedArrayBuffer', 'DataView'),
    () => 'bytes',
    'Give what they say as a text, or a picture or PDF as a content block with base64',
  ),
  told(isNumbers, (numbers) => Array.from(numbers)),
  told(
    (value): value is Date => value instanceof Date,
    (date) => (Number.isNaN(date.getTime()) ? String(date) : date.toISOString()),
  ),
  told((value, tag): value is object => ['RegExp', 'URL', 'URLSearchParams'].includes(tag), String),
  told(
    (value, tag): value is Headers | FormData => ['Headers', 'FormData'].includes(tag) && hasMethod(value, 'entries'),
    (list) => [...list.entries()],
  ),
  told(
    (value, tag): value is object => ['Number', 'String', 'Boolean', 'BigInt', 'Symbol'].includes(tag),
    (boxed) => boxed.valueOf(),
  ),
  untold(
    (value) => hasMethod(value, 'then'),
    () => 'a promise',
    'Await it',
  ),
  untold(tagged('Response', 'Request'), named, 'Give its body, read with text() or json()'),
  untold(isBlob, named, 'Read it, and give a text or a content block'),
  untold(
    (value, tag) =>
      tag.endsWith('Stream') || hasMethod(value, 'getReader') || (hasMethod(value, 'pipe') && hasMethod(value, 'on')),
    () => 'a stream',
    'Read it to its end, and give what came',
  ),
  untold(
    (value) =>
      hasMethod(value, 'next') && (hasMethod(value, Symbol.iterator) || hasMethod(value, Symbol.asyncIterator)),
    () => 'a generator or iterator',
    'Go through it, and give an array of what comes',
  ),
]

const tagOf = (value: object): string => Object.prototype.toString.call(value).slice('[object '.length, -1)

/** An error of this realm or of another. */
export const isErrorValue = (value: unknown): value is Error =>
  typeof value === 'object' && value !== null && isError(value, tagOf(value))

/** What a value is, if it is one of the kinds that JSON does not know. */
export function tellValue(value: object): Told | undefined {
  // Plain data, which is most of what comes, is of no such kind.
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null || Array.isArray(value)) return undefined
  const tag = tagOf(value)
  for (const kind of kinds) {
    const is = kind(value, tag)
    if (is) return is
  }
  return undefined
}

/** Name, message, and what else of it leads to the reason. What libraries add may be large, or hold keys. */
function errorFields(error: Error): unknown {
  const field = (name: string): unknown => Reflect.get(error, name)
  const fields = {
    name: field('name'),
    message: field('message'),
    code: field('code'),
    cause: field('cause'),
    errors: field('errors'),
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** An object where all keys are texts, else a list of pairs. */
function mapFields(map: Map<unknown, unknown>): unknown {
  const entries = [...map]
  return entries.every(([key]) => typeof key === 'string') ? Object.fromEntries(entries) : entries
}

function isError(value: object, tag: string): value is Error {
  return value instanceof Error || tag === 'Error' || tag === 'DOMException'
}

function isNumbers(value: object): value is Iterable<number | bigint> & object {
  return ArrayBuffer.isView(value) && hasMethod(value, Symbol.iterator)
}
