import type { Conversation } from '../conversation/conversation-interface.ts'
import type { ResetPolicy } from '../journal/index.ts'
import { readTypedPolicy, writtenWith } from './typed-policies.ts'
import { until } from './until.ts'

/** The lines that decide about a refusal, for people. */
export const decisions: string = `/${writtenWith(' ').join(', /')}`.replace(/, (?=[^,]*$)/, ' or ')

/** A refusal waits for somebody to decide what leaves the context. */
export const isUndecided = (conversation: Conversation): boolean =>
  conversation.actor.getSnapshot().hasTag('awaitingDecision')

/** The decision that a line is; `null` if it is none. */
export function readDecision(line: string): ResetPolicy | null {
  const [command = '', turns, ...rest] = line.trim().split(/\s+/)
  return command.startsWith('/') && rest.length === 0 ? readTypedPolicy(command.slice(1), turns) : null
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
