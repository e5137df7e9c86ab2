// Validates the counts and the evidence of a message, so that they can be recorded.
import { type ApiObject, type Counts, mostTools, optionalField, type Terms } from '../journal/index.ts'
import type { MessageEvidence } from '../source/message-source.ts'
import { isRecord } from '../objects.ts'

const countNames = [
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'cacheWrite1hTokens',
  'thinkingTokens',
] as const

const termNames = ['serviceTier', 'speed', 'inferenceGeo'] as const

/** The counts that are numbers from 0. One that is missing leaves the earlier count as it is. */
export function readUsage(usage: unknown): Counts {
  if (!isRecord(usage)) return {}
  const given = Object.fromEntries(countNames.flatMap((name) => (isCount(usage[name]) ? [[name, usage[name]]] : [])))
  const requests = isRecord(usage['toolRequests']) ? usage['toolRequests'] : {}
  const counted = Object.entries(requests).flatMap(([tool, n]) => (isCount(n) && n > 0 ? [[tool, n] as const] : []))
  return {
    ...given,
    ...optionalField('toolRequests', counted.length > 0 ? Object.fromEntries(counted.slice(0, mostTools)) : undefined),
  }
}

/** Reads the evidence of an event, without fields of the wrong form. `plain` makes a JSON copy of an object. */
export function readEvidence(event: ApiObject, plain: (value: unknown) => ApiObject | null): MessageEvidence {
  const { terms, container, containerExpiresAt, appliedEdits, inputTransformations } = event
  const told: Terms = isRecord(terms)
    ? Object.fromEntries(termNames.flatMap((name) => (isName(terms[name]) ? [[name, terms[name]]] : [])))
    : {}
  const objects = (list: unknown): readonly ApiObject[] | undefined => {
    const given: readonly unknown[] = Array.isArray(list) ? list : []
    const read = given.map(plain).filter((each) => each !== null)
    return read.length > 0 ? read : undefined
  }
  return {
    usage: readUsage(event['usage']),
    ...optionalField('terms', Object.keys(told).length > 0 ? told : undefined),
    ...readName('container', container),
    ...readName('containerExpiresAt', containerExpiresAt),
    ...optionalField('appliedEdits', objects(appliedEdits)),
    ...optionalField('inputTransformations', objects(inputTransformations)),
  }
}

/** A field with this name, if the value is a name or an id. */
export const readName = <Name extends string>(name: Name, value: unknown): { readonly [name in Name]?: string } =>
  optionalField(name, isName(value) ? value : undefined)

/** Whether a value can be a model, an id or a reason: a text that is neither empty nor absurdly long. */
export const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= longestName

const longestName = 10_000

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0
