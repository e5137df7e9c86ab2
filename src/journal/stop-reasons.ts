// What the model said last in a reply (`stop_reason`), where it decides what follows.
import { type Block, toolCallId } from './content.ts'

/** Reasons with which a reply is complete (the API's documentation of stop reasons): no request follows by itself. */
const lastWords: readonly (string | null)[] = ['end_turn', 'stop_sequence']

/**
 * Whether a reply ends its turn: the model has said all of it, and called no tool of the app's. All other reasons, those that
 * this release does not know among them, may ask for another request.
 */
export const endsTurn = (stopReason: string | null, content: readonly Block[]): boolean =>
  lastWords.includes(stopReason) && content.every((block) => toolCallId(block) === undefined)
