import type { EventFields } from './records.ts'
import { sentenceFor } from '../errors.ts'
import { quoted } from '../foreign-text.ts'
import { type Fields, isObject } from '../objects.ts'
import { storeTroubleIn } from './store-troubles.ts'

/** The turn that an event names; `undefined` for none. */
export function turnOf(event: object): string | undefined {
  const { turnId } = event as Fields
  return typeof turnId === 'string' ? turnId : undefined
}

const texts = ['callId', 'model', 'status', 'stopReason', 'how'] as const

/** The fields of an event that hold nothing that anybody said. */
export function eventFields(event: object): EventFields {
  const given = event as Fields
  const fields: { -readonly [Name in keyof EventFields]: EventFields[Name] } = {}
  for (const name of texts) {
    const value = given[name]
    if (typeof value === 'string') fields[name] = value
  }
  if (typeof given['revision'] === 'number') fields.revision = given['revision']
  if (typeof given['to'] === 'string' || given['to'] === null) fields.to = given['to']
  const { failure, refusal, policy } = given
  if (isObject(failure) && typeof failure['code'] === 'string') fields.code = failure['code']
  if (isObject(failure) && given['type'] === 'journal.failed') Object.assign(fields, whatTheStoreSaid(failure))
  if (isObject(refusal)) {
    const { category } = refusal
    if (typeof category === 'string' || category === null) fields.category = category
  }
  if (typeof policy === 'string') fields.policy = policy
  else if (isObject(policy)) fields.policy = Object.keys(policy)[0] ?? ''
  return fields
}

/** A store of the app's own may put its words where turnstate has its sentence. */
function whatTheStoreSaid({ message, quote }: Fields): Pick<EventFields, 'trouble' | 'quote'> {
  const own = message === sentenceFor({ code: 'journal-write-failed' }) ? '' : message
  const said = [quote, own].find((text): text is string => typeof text === 'string' && text !== '')
  if (said === undefined) return {}
  const words = quoted(said)
  const trouble = storeTroubleIn(words)
  return { quote: words, ...(trouble === null ? {} : { trouble }) }
}
