// Checks names that an app may misspell: events, and categories of refusals.
import { didYouMean } from '../did-you-mean.ts'
import { TurnstateError } from '../errors.ts'
import { messagesForUsers } from '../refusals/messages-for-users.ts'
import { noticeTypes } from './turns/events.ts'
import type { ConversationOptions } from './options.ts'

/** @throws TurnstateError `invalid-option` for an event that no conversation emits */
export function checkNoticeType(type: unknown): void {
  if (type === '*' || (typeof type === 'string' && noticeTypes.includes(type))) return
  const meant = typeof type === 'string' ? didYouMean(type, noticeTypes) : ''
  throw new TurnstateError(
    'invalid-option',
    `There is no event "${String(type).slice(0, 100)}".${meant} chat.on takes the name of an event, or "*" for all of them.`,
  )
}

const categories = Object.keys(messagesForUsers)

/**
 * A warning for each category of a map that looks like a misspelled one. The API may add categories, so a name that is like none
 * of the known ones passes.
 */
export function unknownCategories({ onRefusal, messagesForUsers: messages }: ConversationOptions): readonly string[] {
  const maps = { onRefusal, messagesForUsers: messages }
  return Object.entries(maps).flatMap(([option, map]) =>
    typeof map === 'object' && map !== null && 'default' in map
      ? Object.keys(map).flatMap((category) => {
          const meant = categories.includes(category) ? '' : didYouMean(category, categories)
          return meant === ''
            ? []
            : [`The option "${option}" names the category "${category}", which is not known.${meant}`]
        })
      : [],
  )
}
