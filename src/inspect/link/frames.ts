// Messages as they go over a socket: none longer than the other end takes.
import type { InspectionRecord } from '../observe/records.ts'
import { factRedactor } from '../observe/redact.ts'
import type { AppMessage } from '../wire/messages.ts'

/** Characters of a message. The inspector takes 64 MiB at once; a character takes up to three bytes. */
const frameLimit = 16 * 1024 * 1024

/** A message as JSON, in several where its records are too much for one. A fact that is too much by itself is redacted. */
export function* frames(message: AppMessage, limit = frameLimit): Generator<string> {
  const json = JSON.stringify(message)
  if (json.length <= limit || message.type !== 'records') return yield json
  const { records } = message
  if (records.length > 1) {
    const half = Math.ceil(records.length / 2)
    yield* frames({ ...message, records: records.slice(0, half) }, limit)
    return yield* frames({ ...message, records: records.slice(half) }, limit)
  }
  yield JSON.stringify({ ...message, records: records.map(withoutText) })
}

/** With its hashes as they are: whoever is sent this may see everything. */
const redactFact = factRedactor((hash) => hash)

/** Its words may be seen, and are too many; so its hashes may be seen, too. */
const withoutText = (record: InspectionRecord): InspectionRecord =>
  record.type === 'fact' ? { ...record, fact: redactFact(record.fact) } : record
