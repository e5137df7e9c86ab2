import { boundedJson } from './bounded-json.ts'
import { deepestNesting, isNestedDeeper } from './nesting.ts'
import { wellFormed } from './well-formed.ts'

/**
 * A copy of data from outside through JSON, which is what the journal keeps and the API reads: what the app does with its own
 * objects later changes nothing, nothing in the copy is nested deeper than {@link deepestNesting} levels, and U+FFFD stands in
 * the place of each lone surrogate.
 *
 * @throws Error that says in its message what JSON can't hold, or that the data is nested too deeply or too much
 */
export function jsonCopy(value: unknown): unknown {
  const json = boundedJson(value)
  if (json === undefined) throw new TypeError(`${value === undefined ? 'it' : 'its toJSON()'} gives nothing`)
  const copy: unknown = JSON.parse(json)
  if (isNestedDeeper(copy)) throw new RangeError(`it is nested deeper than ${deepestNesting} levels`)
  return wellFormed(copy)
}
