// Splits messages so that none is longer than the other end accepts.
import { lostRecord } from '../../observe/lost-record.ts'
import type { InspectionRecord } from '../../observe/records.ts'
import type { AppMessage } from '../wire/messages.ts'
import { messageLimit } from '../wire/peer.ts'
import { withoutText } from '../wire/fit-record.ts'

/** Maximum characters of a message: a character takes up to three bytes. */
const frameLimit = Math.floor(messageLimit / 3)

/**
 * A message as JSON texts: several, if its records are too long for one. A fact that is too long by itself is redacted. A record
 * that is still too long, or can't be JSON, is replaced by a `lost` record. Other messages that are too long are not sent.
 */
export function* frames(message: AppMessage, limit = frameLimit): Generator<string> {
  const json = jsonOf(message)
  if (json !== null && json.length <= limit) return yield json
  if (message.type !== 'records') return
  const { records } = message
  if (records.length > 1) {
    const half = Math.ceil(records.length / 2)
    yield* frames({ ...message, records: records.slice(0, half) }, limit)
    return yield* frames({ ...message, records: records.slice(half) }, limit)
  }
  for (const form of [withoutText, lost]) {
    const short = jsonOf({ ...message, records: records.map(form) })
    if (short !== null && short.length <= limit) return yield short
  }
}

const lost = (record: InspectionRecord): InspectionRecord => lostRecord(record, 1)

function jsonOf(message: AppMessage): string | null {
  try {
    return JSON.stringify(message)
  } catch {
    return null
  }
}
