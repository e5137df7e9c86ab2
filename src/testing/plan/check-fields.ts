import { isObject } from '../api/json.ts'

/** Says what is wrong with a value, naming its place; undefined when nothing is. */
export type Check = (value: unknown, place: string) => string | undefined

const shown = (value: unknown): string => {
  if (typeof value === 'function') return 'a function'
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

const must =
  (holds: (value: unknown) => boolean, what: string): Check =>
  (value, place) =>
    holds(value) ? undefined : `${place} must be ${what}, not ${shown(value)}`

export const text = must((value) => typeof value === 'string', 'a string')
export const filledText = must((value) => typeof value === 'string' && value !== '', 'a string that is not empty')
export const flag = must((value) => typeof value === 'boolean', 'true or false')
export const plainObject = must(isObject, 'an object')
export const anything: Check = () => undefined

export const wholeNumber = (least: number, most = Number.MAX_SAFE_INTEGER): Check =>
  must(
    (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most,
    most === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${least}`
      : `a whole number from ${least} to ${most}`,
  )

export const milliseconds = must(
  (value) => typeof value === 'number' && value >= 0 && value <= 2 ** 31 - 1,
  'milliseconds from 0 to 2147483647',
)

export const oneOf = (...values: readonly unknown[]): Check =>
  must((value) => values.includes(value), `one of ${values.map(shown).join(', ')}`)

export const nullable =
  (check: Check): Check =>
  (value, place) =>
    value === null ? undefined : check(value, place)

export const either =
  (first: Check, second: Check, what: string): Check =>
  (value, place) =>
    first(value, place) === undefined || second(value, place) === undefined
      ? undefined
      : `${place} must be ${what}, not ${shown(value)}`

export const list =
  (check: Check): Check =>
  (value, place) => {
    if (!Array.isArray(value)) return `${place} must be an array, not ${shown(value)}`
    for (const [index, entry] of value.entries()) {
      const problem = check(entry, `${place}[${index}]`)
      if (problem !== undefined) return problem
    }
    return undefined
  }

export const dictionary =
  (check: Check): Check =>
  (value, place) => {
    if (!isObject(value)) return plainObject(value, place)
    for (const [name, entry] of Object.entries(value)) {
      const problem = check(entry, `${place}.${name}`)
      if (problem !== undefined) return problem
    }
    return undefined
  }

/** An object with these fields and no others. A field that is present but undefined counts as left out. */
export const shape =
  (required: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>> = {}): Check =>
  (value, place) => {
    if (!isObject(value)) return plainObject(value, place)
    const known = { ...required, ...optional }
    const stranger = Object.keys(value).find((name) => !Object.hasOwn(known, name))
    if (stranger !== undefined)
      return `${place} has no field "${stranger}"; it may have ${Object.keys(known).join(', ')}`
    for (const [name, check] of Object.entries(known)) {
      const field = value[name]
      if (field === undefined && !Object.hasOwn(required, name)) continue
      if (field === undefined) return `${place}.${name} is missing`
      const problem = check(field, `${place}.${name}`)
      if (problem !== undefined) return problem
    }
    return undefined
  }

/** The first problem that any of the checks finds. */
export const all =
  (...checks: readonly Check[]): Check =>
  (value, place) => {
    for (const check of checks) {
      const problem = check(value, place)
      if (problem !== undefined) return problem
    }
    return undefined
  }
