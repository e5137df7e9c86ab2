// Parses the input of a tool call. Input that can't be passed to a tool faithfully is stored as the text that the model wrote, under
// the name that the API's documentation gives (fine-grained tool streaming), so that it can be sent back to the model.
import { inexactNumbers, mayBeRounded } from './exact-numbers.ts'
import { deepestNesting, isNestedDeeper } from './nesting.ts'
import { isObject } from '../objects.ts'

/** Why the input can't be used and the call is not run. */
type Objection =
  | { readonly kind: 'malformed' | 'no-object' | 'too-deep' | 'rounded' }
  | { readonly kind: 'inexact'; readonly numbers: readonly string[] }

type ReadInput = { readonly input: object } | { readonly objection: Objection }

interface Reading {
  /** Whether numbers must be exactly what the model wrote. False for server tools, which the API has run already. */
  readonly exact: boolean
}

const unkept = 'It was nested too deeply to be kept.'

function read(json: string, { exact }: Reading): ReadInput {
  const parsed = parse(json)
  if ('objection' in parsed) return parsed
  const { input } = parsed
  if (!isObject(input) || Array.isArray(input)) return { objection: { kind: 'no-object' } }
  if (isNestedDeeper(input)) return { objection: { kind: 'too-deep' } }
  const numbers = exact ? inexactNumbers(json) : []
  return numbers.length > 0 ? { objection: { kind: 'inexact', numbers } } : { input }
}

function parse(json: string): { readonly input: unknown } | { readonly objection: Objection } {
  try {
    return { input: JSON.parse(json) }
  } catch (error) {
    // A recursive parser overflows the stack.
    return { objection: { kind: json === unkept || error instanceof RangeError ? 'too-deep' : 'malformed' } }
  }
}

const asText = (text: string) => ({ INVALID_JSON: text })

/** Parses input that a model wrote as JSON. Returns the text under `INVALID_JSON` if it can't be used. */
export function toolInputOf(json: string, reading: Reading): object {
  const given = read(json, reading)
  return 'input' in given ? given.input : asText(json)
}

/** Checks input that arrives parsed, in the same way. */
export function parsedToolInput(input: unknown, { exact }: Reading): unknown {
  if (!isNestedDeeper(input) && !(exact && mayBeRounded(input))) return input
  try {
    return asText(JSON.stringify(input))
  } catch {
    return asText(unkept)
  }
}

/** Why a call with this input is not run, for the model; `null` if the input can be used. */
export function objectionToInput(input: unknown): string | null {
  if (!isObject(input) || !('INVALID_JSON' in input) || Object.keys(input).length !== 1) return null
  const { INVALID_JSON: text } = input
  if (typeof text !== 'string') return null
  const given = read(text, { exact: true })
  if ('objection' in given) return words(given.objection)
  return words({ kind: mayBeRounded(given.input) ? 'rounded' : 'malformed' })
}

const words = (objection: Objection): string => {
  switch (objection.kind) {
    case 'no-object':
      return 'The input of this call was valid JSON, but not an object, so it was not run. Call the tool again with an object.'
    case 'too-deep':
      return `The input of this call was nested deeper than ${deepestNesting} levels, so it was not run. Call the tool again with flatter input.`
    case 'inexact':
      return `The input of this call has numbers that would be rounded, so it was not run: ${listed(objection.numbers)}. Call the tool again, with each of these as a string where the tool takes one.`
    case 'rounded':
      return 'The input of this call has whole numbers beyond 9007199254740991, which may have been rounded, so it was not run. Call the tool again, with each of these as a string where the tool takes one.'
    case 'malformed':
      return 'The input of this call was not valid JSON, so it was not run. Call the tool again with valid JSON.'
  }
}

/** The first few numbers, each shortened. */
const listed = (numbers: readonly string[]): string => {
  const shown = numbers.slice(0, 5).map((number) => (number.length > 60 ? `${number.slice(0, 60)}…` : number))
  return numbers.length > shown.length
    ? `${shown.join(', ')} and ${numbers.length - shown.length} more`
    : shown.join(', ')
}
