import type { EventFields } from './records.ts'

type Given = Readonly<Record<string, unknown>>

const isGiven = (value: unknown): value is Given => typeof value === 'object' && value !== null

/** The turn that an event is about, if it says so. */
export function turnOf(event: object): string | undefined {
  const { turnId } = event as Given
  return typeof turnId === 'string' ? turnId : undefined
}

const texts = ['callId', 'model', 'status', 'stopReason', 'how'] as const

/** What of an event is no text of anybody's. */
export function eventFields(event: object): EventFields {
  const given = event as Given
  const fields: { -readonly [Name in keyof EventFields]: EventFields[Name] } = {}
  for (const name of texts) {
    const value = given[name]
    if (typeof value === 'string') fields[name] = value
  }
  if (typeof given['revision'] === 'number') fields.revision = given['revision']
  if (typeof given['to'] === 'string' || given['to'] === null) fields.to = given['to']
  const { failure, refusal, policy } = given
  if (isGiven(failure) && typeof failure['code'] === 'string') fields.code = failure['code']
  if (isGiven(refusal)) {
    const { category } = refusal
    if (typeof category === 'string' || category === null) fields.category = category
  }
  if (typeof policy === 'string') fields.policy = policy
  else if (isGiven(policy)) fields.policy = Object.keys(policy)[0] ?? ''
  return fields
}
