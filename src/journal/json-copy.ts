import { boundedJson } from './bounded-json.ts'
import { deepestNesting, isNestedDeeper } from './nesting.ts'
import { wellFormed } from './well-formed.ts'

/**
 * Copies data from outside through JSON, the form that the journal keeps and the API reads. Later changes to the app's objects do not
 * affect the copy, it has at most {@link deepestNesting} levels, and U+FFFD replaces each lone surrogate.
 *
 * @throws Error whose message says what JSON cannot hold, or that the data is nested too deeply or too large
 */
export function jsonCopy(value: unknown): unknown {
  const json = boundedJson(value)
  if (json === undefined) throw new TypeError(`${value === undefined ? 'it' : 'its toJSON()'} gives nothing`)
  const copy: unknown = JSON.parse(json)
  if (isNestedDeeper(copy)) throw new RangeError(`it is nested deeper than ${deepestNesting} levels`)
  return wellFormed(copy)
}
