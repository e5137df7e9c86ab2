// Session ids for viewers. XState numbers the actors of each conversation from 0, and viewers may see several conversations.
import type { AnyActor } from 'xstate'

let inspections = 0

/** Unique session ids for the actors of a conversation: `<conversation>#<inspection>/<actor>`. */
export function sessionNames(conversationId: string): (actor: AnyActor) => string {
  const prefix = `${conversationId}#${++inspections}`
  return ({ sessionId }) => `${prefix}/${sessionId}`
}
