// Messages as they go over a socket: none longer than the other end takes.
import { lostRecord } from '../../observe/lost-record.ts'
import type { InspectionRecord } from '../../observe/records.ts'
import type { AppMessage } from '../wire/messages.ts'
import { messageLimit } from '../wire/peer.ts'
import { withoutText } from '../wire/fit-record.ts'

/** Characters of a message: one takes up to three bytes. */
const frameLimit = Math.floor(messageLimit / 3)

/**
 * A message as JSON, in several where its records are too much for one. A fact that is too much by itself is redacted. A record
 * that is too much even so, or that JSON can't hold, counts as lost; another message of that kind is not sent.
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
