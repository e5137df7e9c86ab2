// Session ids for viewers. XState counts actors anew in each conversation, and viewers may see several.
import type { AnyActor } from 'xstate'

let inspections = 0

/** Names for the actors of one conversation that no other one has: `<conversation>#<inspection>/<actor>`. */
export function sessionNames(conversationId: string): (actor: AnyActor) => string {
  const prefix = `${conversationId}#${++inspections}`
  return ({ sessionId }) => `${prefix}/${sessionId}`
}
