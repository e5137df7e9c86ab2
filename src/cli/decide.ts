import type { Conversation } from '../conversation/conversation-interface.ts'
import type { ResetPolicy } from '../journal/index.ts'
import { until } from './until.ts'

/** The lines that decide about a refusal, for people. */
export const decisions = '/drop-turn, /rewind N or /clear'

/** A refusal waits for somebody to decide what leaves the context. */
export const isUndecided = (conversation: Conversation): boolean =>
  conversation.actor.getSnapshot().hasTag('awaitingDecision')

/** The decision that a line is; `null` if it is none. */
export function readDecision(line: string): ResetPolicy | null {
  const words = line.trim().split(/\s+/)
  if (words.length === 1 && words[0] === '/drop-turn') return 'drop-turn'
  if (words.length === 1 && words[0] === '/clear') return 'clear'
  const [command, turns = '', ...rest] = words
  return command === '/rewind' && /^\d+$/.test(turns) && rest.length === 0 ? { rewind: Number(turns) } : null
}

/** Resolves once nothing is under way, and all of it has been told. */
export async function untilAtRest(conversation: Conversation): Promise<void> {
  await until(
    conversation,
    () => ['ready', 'error', 'closed'].includes(conversation.status) || isUndecided(conversation),
  )
  // What was emitted in this same tick is told in a microtask that was queued before this one.
  await Promise.resolve()
}
