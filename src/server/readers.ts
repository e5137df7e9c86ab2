import type { Readers } from '../conversation/turns/outcome.ts'
import { messageForUser } from '../refusals/messages-for-users.ts'

/** What makes sentences for users of outcomes that are read off the journal. Output is parsed only where it arrives. */
export const readers: Readers = {
  messageForUser: (category) => messageForUser(category),
  parse: () => undefined,
}
