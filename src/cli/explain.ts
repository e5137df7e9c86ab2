// What happened to the context, in plain words.
import type { Conversation } from '../conversation/conversation-interface.ts'
import type { RefusalReport } from '../conversation/turns/events.ts'
import { asksInstead, type ContextReset, findTurn, plainText, type Suspect, type View } from '../journal/index.ts'
import { decisions } from './decide.ts'

/** What the refusal is, and what follows from it. */
export function explainRefusal(report: RefusalReport): readonly string[] {
  const { category, model, policy, messageForUser, suspects, compaction } = report
  const by = model === null ? '' : ` (${model})`
  const refused = `Refused by Claude's safety classifiers${category === null ? '' : ` (category: ${category})`}.`
  const causes = suspects.length === 0 ? [] : [`New since the last good reply: ${list(suspects.map(nameSuspect))}.`]
  if (compaction)
    return [`The summary was refused${by}: the conversation is as it was, and nothing of it was replaced.`]
  // `messageForUser` says that the message was taken out, which is still to be decided.
  if (policy === 'manual')
    return [`${refused} Nothing can be sent until you decide what leaves the context: ${decisions}.`, ...causes]
  if (policy !== null && typeof policy === 'object' && 'fallback' in policy) {
    const goesOn = policy.from === 'this-turn' ? `${policy.fallback} is asked instead` : `${policy.fallback} goes on`
    return [`${refused} ${goesOn}.`, ...causes]
  }
  return [`${refused} ${messageForUser}`, ...causes]
}

export function nameSuspect(suspect: Suspect): string {
  switch (suspect.kind) {
    case 'user-text':
      return 'your message'
    case 'file':
      return suspect.title === undefined ? `the ${suspect.type}` : `the ${suspect.type} "${suspect.title}"`
    case 'tool-result':
      return `the result of ${suspect.name}`
    case 'system-message':
      return 'the system message that came with it'
    case 'system-prompt':
      return 'the system prompt or the tools'
    case 'tools':
      return 'the tools'
    case 'reply':
      return 'the last answer'
    case 'container':
      return 'the container'
    case 'thinking':
      return 'the thinking of earlier answers'
    case 'field':
      return `the field "${suspect.field}" of the request`
    case 'model':
      return `the model ${suspect.model}`
  }
}

/** What a refusal took out of the context, and what is left there. */
export function explainReset(reset: ContextReset, conversation: Conversation): readonly string[] {
  const { left, nothingLeft, policy } = reset
  const { view } = conversation.actor.getSnapshot().context
  const kept = conversation.history.length
  const asksAgain = asksInstead(policy, '') !== null
  return [
    ...left.map(
      ({ turnId, why }) =>
        `  Out of the context: ${quoted(view, turnId)} and its reply${why === 'refused' ? ', for good' : ''}.`,
    ),
    ...(asksAgain
      ? []
      : [
          kept === 0 ? '  The context is empty now.' : `  Still in the context: ${count(kept, 'message')} from before.`,
        ]),
    ...(nothingLeft && !asksAgain
      ? ['  Nothing stood before it, so the cause is in the message itself, the system prompt or the tools.']
      : []),
  ]
}

export const explainClearing = ({ left }: ContextReset): readonly string[] => [
  `The context is empty now: ${count(left.length, 'turn')} left it.`,
]

/** What was asked in a turn, in quotes. */
export function quoted(view: View, turnId: string): string {
  const turn = findTurn(view, turnId)
  if (turn?.kind === 'compaction') return 'the summary'
  const said = shortened(plainText(turn?.input ?? ''), 60)
  return said === '' ? 'a message without text' : `"${said}"`
}

export const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

/** "a, b and c", each once. */
export function list(names: readonly string[]): string {
  const all = [...new Set(names)]
  const last = all.pop() ?? ''
  return all.length === 0 ? last : `${all.join(', ')} and ${last}`
}

/** One line of at most so many characters. */
export function shortened(text: string, most: number): string {
  // What follows the cut can be megabytes.
  const line = text
    .slice(0, most * 4)
    .replaceAll(/\s+/g, ' ')
    .trim()
  const characters = Array.from(line)
  const isWhole = characters.length <= most && text.length <= most * 4
  return isWhole ? line : `${characters.slice(0, most - 1).join('')}…`
}
