// What an observer may see of the contents of a record: everything but keys, or no text that anybody wrote.
import type { Fact, Suspect } from '../journal/index.ts'
import { placeholder, shownName } from '../hidden-text.ts'
import { shownPointer } from '../shown-failure.ts'
import { hashNames } from './hash-names.ts'
import type { EventFields } from './records.ts'
import { factRedactor, idNames, withoutKeys } from './redact.ts'

export interface Redaction {
  readonly fact: (fact: Fact) => Fact
  readonly eventFields: (fields: EventFields) => EventFields
  readonly suspect: (suspect: Suspect) => Suspect
  /** A name that the API gave, such as a category. */
  readonly name: (name: string | null) => string | null
  readonly pointer: (pointer: string | null) => string | null
  readonly hash: (hash: string) => string
}

/** @param includeText Keep what people and models said. Keys are removed in any case. */
export const redactionFor = (includeText: boolean): Redaction => (includeText ? everything : withoutText())

const same = <Value>(value: Value): Value => value

const everything: Redaction = {
  fact: withoutKeys,
  eventFields: same,
  suspect: same,
  name: same,
  pointer: same,
  hash: same,
}

/** Fields of events that hold a name. */
const eventNames = ['model', 'status', 'stopReason', 'code', 'category', 'policy', 'how', 'to'] as const

/** The names that replace hashes and ids are made for each observer anew. */
function withoutText(): Redaction {
  const hash = hashNames()
  const nameOfId = idNames(hash)
  return {
    fact: factRedactor(hash),
    eventFields: (fields) => {
      const shown: { -readonly [Name in keyof EventFields]: EventFields[Name] } = { ...fields }
      for (const name of eventNames) if (typeof fields[name] === 'string') shown[name] = shownName(fields[name])
      if (fields.quote !== undefined) shown.quote = placeholder(fields.quote)
      if (fields.callId !== undefined) shown.callId = nameOfId(fields.callId)
      return shown
    },
    suspect: (suspect) => {
      switch (suspect.kind) {
        case 'file':
          return suspect.title === undefined ? suspect : { ...suspect, title: placeholder(suspect.title) }
        case 'tool-result':
          return { ...suspect, callId: nameOfId(suspect.callId), name: shownName(suspect.name) }
        default:
          return suspect
      }
    },
    name: (name) => (name === null ? null : shownName(name)),
    pointer: (pointer) => (pointer === null ? null : shownPointer(pointer)),
    hash,
  }
}
