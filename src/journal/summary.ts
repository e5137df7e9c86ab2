import { plainText } from './content.ts'
import { stateOf, type JournalState } from './state-of.ts'
import type { Usage } from './usage.ts'
import type { View } from './view.ts'

/** What a list of conversations says about one. */
interface Summary {
  /** The first words; `null` while nothing was said. */
  readonly title: string | null
  readonly status: JournalState
  readonly model: string
  readonly usage: Usage
}

/** The most characters of a title that is made of the first words. */
const longestTitle = 80

/** What a list says about a conversation. Its cost does not depend on the length of the conversation. */
export const summaryOf = (view: View): Summary => ({
  title: titleOf(view),
  status: stateOf(view),
  model: view.goesBackTo ?? view.model,
  usage: view.usage,
})

const isSaid = ({ kind }: View['turns'][number]): boolean => kind === 'user' || kind === 'seed'

/** The first words that a user said, on one line of at most 80 characters; `null` while nothing was said. */
export function titleOf({ turns, open }: View): string | null {
  const first = turns.find(isSaid) ?? (open && isSaid(open) ? open : undefined)
  // Long pastes are not read whole.
  const words = first ? plainText(first.input).slice(0, 2_000).replaceAll(/\s+/g, ' ').trim() : ''
  if (words === '') return null
  return words.length <= longestTitle ? words : `${words.slice(0, longestTitle - 1).trimEnd()}…`
}
