import { lostRecord } from '../../observe/lost-record.ts'
import type { InspectionRecord } from '../../observe/records.ts'
import { factRedactor } from '../../observe/redact.ts'
import { weigh } from './weigh.ts'

/** Maximum bytes of a record, as `weigh` counts them: about half a million characters. */
const heaviest = 1024 * 1024

/** A record that an inspector accepts, and its estimated bytes. */
export interface Fitted {
  readonly record: InspectionRecord
  readonly bytes: number
}

/** Bytes reserved for the parts of a fact other than its input. */
const besideWords = 16 * 1024

/** A record that an inspector accepts: a fact that is too large is redacted, and a record that can't be sent is replaced by `lost`. */
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
 * `input.queued` and the `turn.opened` that follows must hold the same input, or they do not fold. Therefore only the input
 * decides whether they are redacted, so that both are or neither is.
 */
function hasTooManyWords(record: InspectionRecord): boolean {
  if (record.type !== 'fact') return false
  const { fact } = record
  if (fact.type !== 'input.queued' && fact.type !== 'turn.opened') return false
  return !Number.isFinite(weigh([fact.input, fact.system, fact.metadata], heaviest - besideWords))
}

const same = (record: InspectionRecord): InspectionRecord => record

/** Keeps hashes: the receiver may see texts anyway. */
const redactFact = factRedactor((hash) => hash)

/** Redacts a fact because of its size. */
export function withoutText(record: InspectionRecord): InspectionRecord {
  if (record.type !== 'fact') return record
  try {
    return { ...record, fact: redactFact(record.fact) }
  } catch {
    return record
  }
}
