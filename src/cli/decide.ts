import type { Conversation } from '../conversation/conversation-interface.ts'
import type { ResetPolicy } from '../journal/index.ts'
import { readTypedPolicy, writtenWith } from './typed-policies.ts'
import { until } from './until.ts'

/** The lines that decide about a refusal, for people. */
export const decisions: string = `/${writtenWith(' ').join(', /')}`.replace(/, (?=[^,]*$)/, ' or ')

/** Whether a refusal waits for a decision. */
export const isUndecided = (conversation: Conversation): boolean =>
  conversation.actor.getSnapshot().hasTag('awaitingDecision')

/** Reads the decision about a refusal; `null` for any other line. */
export function readDecision(line: string): ResetPolicy | null {
  const [command = '', turns, ...rest] = line.trim().split(/\s+/)
  return command.startsWith('/') && rest.length === 0 ? readTypedPolicy(command.slice(1), turns) : null
}

/** Whether nothing goes on until somebody sends or decides something. */
export const isAtRest = (conversation: Conversation): boolean =>
  ['ready', 'error', 'closed'].includes(conversation.status) || isUndecided(conversation)

/** Resolves when the conversation is at rest and all notices were delivered. */
export async function untilAtRest(conversation: Conversation): Promise<void> {
  await until(conversation, () => isAtRest(conversation))
  // Notices of this tick are delivered in a microtask that was queued before this one.
  await Promise.resolve()
}
