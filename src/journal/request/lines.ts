// The short lines that replace parts left out of requests. They quote nothing of the part, but name the tools that ran, because
// their effects remain.
import type { Block } from '../content.ts'
import { toolsThatRan } from '../rejections/parts.ts'
import type { Turn } from '../view.ts'

const ran = (turn: Turn, steps?: number): string => {
  const names = toolsThatRan(turn, steps)
  return names.length === 0 ? '' : ` Tools that ran in it, and need not run again: ${names.join(', ')}.`
}

export const lostSummary = '[A summary of what came before is left out here, because it could not be sent.]'

/** Replaces an empty input before a reply: a conversation can't begin with a message of the assistant. */
export const emptyLine = '[An empty message stood here.]'

const summaryPreface =
  'This conversation is longer than what you can see of it. What came before was summarised, by you, as follows. Go on from there.'

const beforeSummary = `${summaryPreface}\n\n<summary>\n`
const afterSummary = '\n</summary>'

/** The user's message that carries a summary in words, and replaces everything before it. */
export const summaryWords = (summary: string): string => `${beforeSummary}${summary}${afterSummary}`

/** The summary in a text made by `summaryWords`; `null` for any other text. */
export const summaryIn = (text: string): string | null =>
  text.startsWith(beforeSummary) && text.endsWith(afterSummary)
    ? text.slice(beforeSummary.length, -afterSummary.length)
    : null

export const turnLine = (turn: Turn): string =>
  turn.kind === 'compaction'
    ? lostSummary
    : `[A message and its answer are left out here, because they could not be sent.${ran(turn)}]`

/** Replaces the first steps of a turn. */
export const stepsLine = (turn: Turn, steps: number): string =>
  `[What was done for this message so far is left out here, because it could not be sent.${ran(turn, steps)}]`

/** Replaces everything but text in the first steps of a turn. */
export const callsLine = (turn: Turn, steps: number): string =>
  `[Calls of tools and what they gave are left out here, because they could not be sent.${ran(turn, steps)}]`

const kinds: Readonly<Record<string, string>> = {
  image: 'An image',
  document: 'A document',
  search_result: 'A search result',
}

/** Replaces one block of an input. */
export const mediaLine = ({ type }: Block): Block => ({
  type: 'text',
  text: `[${Object.hasOwn(kinds, type) ? kinds[type] : 'A file'} stood here, and could not be sent.]`,
})

/** Replaces the content of a tool result. */
export const lostResult = (result: Block, turn: Turn): Block => {
  const callId = result['tool_use_id']
  const hasRun = result['is_error'] !== true || (typeof callId === 'string' && turn.ran.includes(callId))
  return {
    type: 'tool_result',
    tool_use_id: callId,
    is_error: true,
    content: hasRun
      ? 'The tool ran, and what it did stands. Its result could not be sent: it was too large, or of a kind that can not be sent. Do not call it again only to see it.'
      : 'The answer to this call could not be sent.',
  }
}
