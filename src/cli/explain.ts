// Describes refusals and resets.
import type { Conversation } from '../conversation/conversation-interface.ts'
import type { RefusalReport } from '../conversation/turns/events.ts'
import { asksInstead, type ContextReset, findTurn, plainText, type Suspect, type View } from '../journal/index.ts'
import { decisions } from './decide.ts'

/** The refusal, and what happens next. */
export function explainRefusal(report: RefusalReport): readonly string[] {
  const { category, model, policy, messageForUser, suspects, compaction } = report
  const by = model === null ? '' : ` (${model})`
  const refused = `Refused by Claude's safety classifiers${category === null ? '' : ` (category: ${category})`}.`
  const causes = suspects.length === 0 ? [] : [`New since the last good reply: ${list(suspects.map(nameSuspect))}.`]
  if (compaction) return [`The summary was refused${by}. Nothing was replaced; the conversation is unchanged.`]
  // `messageForUser` says that the message was removed, which is not decided yet.
  if (policy === 'manual')
    return [`${refused} Nothing can be sent until you decide what to remove from the context: ${decisions}.`, ...causes]
  if (policy !== null && typeof policy === 'object' && 'fallback' in policy) {
    const how = policy.from === 'this-turn' ? 'is asked instead' : 'continues'
    return [`${refused} ${policy.fallback} ${how}.`, ...causes]
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

/** What a reset removed from the context, and what remains. */
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
      ? ['  Nothing came before it, so the cause is the message itself, the system prompt or the tools.']
      : []),
  ]
}

export const explainClearing = ({ left }: ContextReset): readonly string[] => [
  `The context is empty now: ${count(left.length, 'turn')} removed.`,
]

/** The input of a turn, in quotes. */
export function quoted(view: View, turnId: string): string {
  const turn = findTurn(view, turnId)
  if (turn?.kind === 'compaction') return 'the summary'
  const said = shortened(plainText(turn?.input ?? ''), 60)
  return said === '' ? 'a message without text' : `"${said}"`
}

export const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

/** "a, b and c", without duplicates. */
export function list(names: readonly string[]): string {
  const all = [...new Set(names)]
  const last = all.pop() ?? ''
  return all.length === 0 ? last : `${all.join(', ')} and ${last}`
}

/** A text as one line of at most `most` characters. */
export function shortened(text: string, most: number): string {
  // Cuts first, because the rest can be megabytes.
  const line = text
    .slice(0, most * 4)
    .replaceAll(/\s+/g, ' ')
    .trim()
  const characters = Array.from(line)
  const isWhole = characters.length <= most && text.length <= most * 4
  return isWhole ? line : `${characters.slice(0, most - 1).join('')}…`
}
