import { messageOf } from '../errors.ts'
import { deepestNesting } from '../journal/index.ts'
import { convertValue } from './value-kinds.ts'

/** The most objects in one result. Objects that share others many times over would take exponential time. */
const mostObjects = 250_000

/** The position of a value in a result. */
interface Place {
  readonly path: string
  readonly depth: number
  /** The enclosing objects, from the inside out. */
  readonly within: Within | null
  readonly count: { objects: number }
}

interface Within {
  readonly value: object
  readonly within: Within | null
}

/**
 * Converts a value to plain JSON data without losing content: bigints, NaN and Infinity become texts; errors, maps, sets and other
 * values that JSON would empty become their content. Undefined fields are left out, unless the object has no others.
 *
 * @throws TypeError that names the part that can't be converted and what to give in its place
 */
export const plainValue = (value: unknown): unknown =>
  converted(value, { path: '', depth: 0, within: null, count: { objects: 0 } })

function converted(value: unknown, place: Place): unknown {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
      return String(value)
    case 'function':
    case 'symbol':
      throw unconvertible(place, `a ${typeof value}`)
    case 'object':
      return value === null ? null : convertObject(value, place)
    default:
      return value
  }
}

function convertObject(value: object, place: Place, asksJson = true): unknown {
  const inside = entered(value, place)
  const kind = reading(place, () => convertValue(value))
  if (kind && 'instead' in kind) throw unconvertible(place, kind.what, kind.instead)
  if (kind) return converted(kind.as, inside)
  const toJson: unknown = asksJson && reading(place, () => Reflect.get(value, 'toJSON'))
  if (typeof toJson !== 'function') return convertData(value, inside)
  const said: unknown = reading(place, () => Reflect.apply(toJson, value, [place.path]))
  if (said === undefined) throw unconvertible(place, 'an object whose toJSON() returns undefined')
  // As in JSON.stringify, toJSON() is not called on its own result.
  return typeof said === 'object' && said !== null ? convertObject(said, place, false) : converted(said, place)
}

/** The place of the values inside this one. */
function entered(value: object, place: Place): Place {
  const { within, depth, count } = place
  for (let around = within; around !== null; around = around.within)
    if (around.value === value) throw unconvertible(place, 'a circular reference')
  if (depth >= deepestNesting) throw new TypeError(`it is nested deeper than ${deepestNesting} levels`)
  if (++count.objects > mostObjects) throw new TypeError(`it has more than ${mostObjects} objects`)
  return { ...place, depth: depth + 1, within: { value, within } }
}

const at = (place: Place, key: string): Place => ({ ...place, path: place.path === '' ? key : `${place.path}.${key}` })

function convertData(value: object, place: Place): unknown {
  if (!Array.isArray(value)) return convertFields(value, place)
  const { length } = value
  // A sparse array can be longer than the memory allows.
  if (Object.keys(value).length < length) return { ...convertEntries(value, place), length }
  return Array.from(value, (item, index) => converted(item, at(place, String(index))) ?? null)
}

function convertFields(value: object, place: Place): unknown {
  const fields = convertEntries(value, place)
  if (Object.keys(fields).length > 0 || isEmpty(value)) return fields
  throw unconvertible(place, `${nameOf(value)} without any field that JSON can hold`)
}

function convertEntries(value: object, place: Place): Readonly<Record<string, unknown>> {
  const entries = reading(place, () => Object.keys(value)).map((key) => {
    const field = at(place, key)
    const given: unknown = reading(field, () => Reflect.get(value, key))
    return [key, converted(given, field)] as const
  })
  const set = entries.filter(([, given]) => given !== undefined)
  return Object.fromEntries(set.length > 0 ? set : entries.map(([key]) => [key, null]))
}

/** Whether this is an empty plain object, which is valid data. */
function isEmpty(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  // The prototype of a plain object is Object.prototype, perhaps of another realm, or null.
  const isPlain = typeof prototype !== 'object' || prototype === null || Object.getPrototypeOf(prototype) === null
  return isPlain && Reflect.ownKeys(value).length === 0
}

function nameOf(value: object): string {
  const { constructor } = value
  return typeof constructor === 'function' && constructor.name !== ''
    ? `an instance of ${constructor.name}`
    : 'an object'
}

/** Reads from a value. Getters and proxies may run code that throws. */
function reading<T>(place: Place, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new TypeError(`${subject(place)} can't be read: ${messageOf(cause)}`, { cause })
  }
}

const unconvertible = (place: Place, what: string, instead?: string): TypeError =>
  new TypeError(`${subject(place)} is ${what}${instead === undefined ? '' : `. ${instead}`}`)

const subject = ({ path }: Place): string => (path === '' ? 'it' : `"${path}"`)
