// What happened to the context, in plain words.
import type { Conversation } from '../conversation/conversation-interface.ts'
import type { ContextReset, RefusalReport } from '../conversation/events.ts'
import { findTurn, plainText } from '../journal/index.ts'
import { decisions } from './decide.ts'

/** What the refusal is, and what follows from it. */
export function explainRefusal({ category, policy, messageForUser }: RefusalReport): readonly string[] {
  const refused = `Refused by Claude's safety classifiers${category === null ? '' : ` (category: ${category})`}.`
  if (policy !== 'manual') return [`${refused} ${messageForUser}`]
  // `messageForUser` says that the message was taken out, which is still to be decided.
  return [`${refused} Nothing can be sent until you decide what leaves the context: ${decisions}.`]
}

/** What a refusal took out of the context, and what is left there. */
export function explainReset({ left, nothingLeft }: ContextReset, conversation: Conversation): readonly string[] {
  const { view } = conversation.actor.getSnapshot().context
  const kept = conversation.history.length
  return [
    ...left.map(({ turnId, why }) => {
      const message = `"${shortened(plainText(findTurn(view, turnId)?.input ?? ''), 60)}"`
      return `  Out of the context: ${message} and its reply${why === 'refused' ? ', for good' : ''}.`
    }),
    kept === 0 ? '  The context is empty now.' : `  Still in the context: ${count(kept, 'message')} from before.`,
    ...(nothingLeft
      ? ['  Nothing stood before it, so the cause is in the message itself, the system prompt or the tools.']
      : []),
  ]
}

export const explainClearing = ({ left }: ContextReset): readonly string[] => [
  `The context is empty now: ${count(left.length, 'turn')} left it.`,
]

export const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

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
