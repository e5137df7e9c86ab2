import { messageOf } from '../errors.ts'
import { deepestNesting } from '../journal/index.ts'
import { tellValue } from './value-kinds.ts'

/** Objects that one result may have. What is shared in ever more ways would be gone through for ever. */
const mostObjects = 250_000

/** Where in a result a value stands. */
interface Place {
  readonly path: string
  readonly depth: number
  /** The objects that it stands in, from the inside out. */
  readonly within: Within | null
  readonly count: { objects: number }
}

interface Within {
  readonly value: object
  readonly within: Within | null
}

/**
 * Plain data that says what a value says: numbers that JSON does not have, and bigints, as texts; of what JSON makes nothing,
 * such as errors, maps and sets, what is in it. Fields that are not set are left out, unless nothing else is there.
 *
 * @throws TypeError that says which part of it can't be told, and what to give in its place
 */
export const plainValue = (value: unknown): unknown =>
  told(value, { path: '', depth: 0, within: null, count: { objects: 0 } })

function told(value: unknown, place: Place): unknown {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
      return String(value)
    case 'function':
    case 'symbol':
      throw untellable(place, `a ${typeof value}`)
    case 'object':
      return value === null ? null : toldObject(value, place)
    default:
      return value
  }
}

function toldObject(value: object, place: Place, asksJson = true): unknown {
  const inside = entered(value, place)
  const kind = reading(place, () => tellValue(value))
  if (kind && 'instead' in kind) throw untellable(place, kind.what, kind.instead)
  if (kind) return told(kind.as, inside)
  const toJson: unknown = asksJson && reading(place, () => Reflect.get(value, 'toJSON'))
  if (typeof toJson !== 'function') return toldData(value, inside)
  const said: unknown = reading(place, () => Reflect.apply(toJson, value, [place.path]))
  if (said === undefined) throw untellable(place, 'an object whose toJSON() gives nothing')
  // What it says of itself is not asked again, as in JSON.stringify.
  return typeof said === 'object' && said !== null ? toldObject(said, place, false) : told(said, place)
}

/** The place inside of a value. */
function entered(value: object, place: Place): Place {
  const { within, depth, count } = place
  for (let around = within; around !== null; around = around.within)
    if (around.value === value) throw untellable(place, 'what holds it itself')
  if (depth >= deepestNesting) throw new TypeError(`it is nested deeper than ${deepestNesting} levels`)
  if (++count.objects > mostObjects) throw new TypeError(`it has more than ${mostObjects} objects`)
  return { ...place, depth: depth + 1, within: { value, within } }
}

const at = (place: Place, key: string): Place => ({ ...place, path: place.path === '' ? key : `${place.path}.${key}` })

function toldData(value: object, place: Place): unknown {
  if (!Array.isArray(value)) return toldFields(value, place)
  const { length } = value
  // An array of holes can be longer than memory is.
  if (Object.keys(value).length < length) return { ...toldEntries(value, place), length }
  return Array.from(value, (item, index) => told(item, at(place, String(index))) ?? null)
}

function toldFields(value: object, place: Place): unknown {
  const fields = toldEntries(value, place)
  if (Object.keys(fields).length > 0 || isEmpty(value)) return fields
  throw untellable(place, `${nameOf(value)} without any field that JSON has`)
}

function toldEntries(value: object, place: Place): Readonly<Record<string, unknown>> {
  const entries = reading(place, () => Object.keys(value)).map((key) => {
    const field = at(place, key)
    const given: unknown = reading(field, () => Reflect.get(value, key))
    return [key, told(given, field)] as const
  })
  const set = entries.filter(([, given]) => given !== undefined)
  return Object.fromEntries(set.length > 0 ? set : entries.map(([key]) => [key, null]))
}

/** Plain, and nothing in it: it says that there is nothing. */
function isEmpty(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  // The prototype of plain objects is Object.prototype, maybe that of another realm, or none.
  const isPlain = typeof prototype !== 'object' || prototype === null || Object.getPrototypeOf(prototype) === null
  return isPlain && Reflect.ownKeys(value).length === 0
}

function nameOf(value: object): string {
  const { constructor } = value
  return typeof constructor === 'function' && constructor.name !== ''
    ? `an instance of ${constructor.name}`
    : 'an object'
}

/** Reads something of a value, which can run code of its own. */
function reading<T>(place: Place, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new TypeError(`${subject(place)} can't be read: ${messageOf(cause)}`, { cause })
  }
}

const untellable = (place: Place, what: string, instead?: string): TypeError =>
  new TypeError(`${subject(place)} is ${what}${instead === undefined ? '' : `. ${instead}`}`)

const subject = ({ path }: Place): string => (path === '' ? 'it' : `"${path}"`)
