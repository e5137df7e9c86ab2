import { lostRecord } from '../../observe/lost-record.ts'
import type { InspectionRecord } from '../../observe/records.ts'
import { factRedactor } from '../../observe/redact.ts'
import { weigh } from './weigh.ts'

/** Bytes of a record, as `weigh` counts them: about half a million characters. */
const heaviest = 1024 * 1024

/** A record that an inspector takes, and what it weighs. */
export interface Fitted {
  readonly record: InspectionRecord
  readonly bytes: number
}

/** Bytes that a fact has beside the words of an input. */
const besideWords = 16 * 1024

/** A record as an inspector takes it: a fact that is too large is redacted, and what can't be sent at all counts as lost. */
export function fitRecord(record: InspectionRecord): Fitted {
  for (const form of hasTooManyWords(record) ? [withoutText] : [same, withoutText]) {
    const fitted = form(record)
    const bytes = weigh(fitted, heaviest)
    if (Number.isFinite(bytes)) return { record: fitted, bytes }
  }
  const lost = lostRecord(record, 1)
  return { record: lost, bytes: weigh(lost) }
}

/**
 * A turn asks the words that waited, which facts that follow upon each other have to say alike: so these decide for both facts
 * whether they are redacted, and not what else a fact holds.
 */
function hasTooManyWords(record: InspectionRecord): boolean {
  if (record.type !== 'fact') return false
  const { fact } = record
  if (fact.type !== 'input.queued' && fact.type !== 'turn.opened') return false
  return !Number.isFinite(weigh([fact.input, fact.system, fact.metadata], heaviest - besideWords))
}

const same = (record: InspectionRecord): InspectionRecord => record

/** With its hashes as they are: whoever is sent this may see everything. */
const redactFact = factRedactor((hash) => hash)

/** Its words may be seen, and are too many. */
export function withoutText(record: InspectionRecord): InspectionRecord {
  if (record.type !== 'fact') return record
  try {
    return { ...record, fact: redactFact(record.fact) }
  } catch {
    return record
  }
}
