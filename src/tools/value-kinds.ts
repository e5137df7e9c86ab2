// Values other than plain data that a tool may return, and how they are converted. JSON.stringify turns most of them into `{}` or
// `null`, which the model would take for the result.
import { isBlob } from '../files/index.ts'

/** The value to use instead, or what the value is and what to give in its place. */
export type Conversion = { readonly as: unknown } | { readonly what: string; readonly instead: string }

/** Converts a value of one kind; `undefined` for any other value. */
type Kind = (value: object, tag: string) => Conversion | undefined

/** A kind that can be converted. The result may be of another kind itself. */
const convertible =
  <Value extends object>(
    is: (value: object, tag: string) => value is Value,
    as: (value: Value, tag: string) => unknown,
  ): Kind =>
  (value, tag) =>
    is(value, tag) ? { as: as(value, tag) } : undefined

/** A kind whose content can't be read here. */
const opaque =
  (is: (value: object, tag: string) => boolean, what: (tag: string) => string, instead: string): Kind =>
  (value, tag) =>
    is(value, tag) ? { what: what(tag), instead } : undefined

const tagged = (...tags: readonly string[]) => {
  const known = new Set(tags)
  return (_: object, tag: string): boolean => known.has(tag)
}

const hasMethod = (value: object, name: PropertyKey): boolean => typeof Reflect.get(value, name) === 'function'

const named = (tag: string): string => `${/^[AEIOU]/.test(tag) ? 'an' : 'a'} ${tag}`

/** The first match counts. They precede `toJSON` and fields, because an error has fields and a Buffer has a toJSON. */
const kinds: readonly Kind[] = [
  convertible(isError, errorFields),
  convertible((value): value is Map<unknown, unknown> => value instanceof Map, mapFields),
  convertible(
    (value): value is Set<unknown> => value instanceof Set,
    (set) => [...set],
  ),
  opaque(
    tagged('Uint8Array', 'Uint8ClampedArray', 'ArrayBuffer', 'SharedArrayBuffer', 'DataView'),
    () => 'bytes',
    'Decode them and give a text, or give an image or PDF as a content block with base64',
  ),
  convertible(isNumbers, (numbers) => Array.from(numbers)),
  convertible(
    (value): value is Date => value instanceof Date,
    (date) => (Number.isNaN(date.getTime()) ? String(date) : date.toISOString()),
  ),
  convertible((value, tag): value is object => ['RegExp', 'URL', 'URLSearchParams'].includes(tag), String),
  convertible(
    (value, tag): value is Headers | FormData => ['Headers', 'FormData'].includes(tag) && hasMethod(value, 'entries'),
    (list) => [...list.entries()],
  ),
  convertible(
    (value, tag): value is object => ['Number', 'String', 'Boolean', 'BigInt', 'Symbol'].includes(tag),
    (boxed) => boxed.valueOf(),
  ),
  opaque(
    (value) => hasMethod(value, 'then'),
    () => 'a promise',
    'Await it',
  ),
  opaque(tagged('Response', 'Request'), named, 'Give its body, read with text() or json()'),
  opaque(isBlob, named, 'Read it, and give a text or a content block'),
  opaque(
    (value, tag) =>
      tag.endsWith('Stream') || hasMethod(value, 'getReader') || (hasMethod(value, 'pipe') && hasMethod(value, 'on')),
    () => 'a stream',
    'Read it to its end and give the content',
  ),
  opaque(
    (value) =>
      hasMethod(value, 'next') && (hasMethod(value, Symbol.iterator) || hasMethod(value, Symbol.asyncIterator)),
    () => 'a generator or iterator',
    'Iterate over it and give an array of the items',
  ),
]

const tagOf = (value: object): string => Object.prototype.toString.call(value).slice('[object '.length, -1)

/** Whether a value is an error, of this realm or another. */
export const isErrorValue = (value: unknown): value is Error =>
  typeof value === 'object' && value !== null && isError(value, tagOf(value))

/** Converts a value of a kind that JSON does not know; `undefined` for plain data and other objects. */
export function convertValue(value: object): Conversion | undefined {
  // A shortcut for plain data, the usual case.
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null || Array.isArray(value)) return undefined
  const tag = tagOf(value)
  for (const kind of kinds) {
    const is = kind(value, tag)
    if (is) return is
  }
  return undefined
}

/** The fields of an error that explain its reason. Others, added by libraries, may be large or hold secrets. */
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

/** A map as an object if all keys are texts, else as a list of pairs. */
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
