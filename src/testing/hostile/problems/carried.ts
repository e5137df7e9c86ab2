import { isText, type JsonObject } from '../../api/json.ts'
import { searchedBlocks } from '../program/searched-blocks.ts'
import type { HostileRequest } from '../play/report.ts'
import { namesTool, wordsIn } from '../program/words.ts'

const carried = new WeakMap<JsonObject, readonly number[]>()

/** The numbers of the messages whose input a request contains. */
export const carriedBy = ({ body }: Pick<HostileRequest, 'body'>): readonly number[] => {
  const known = carried.get(body)
  if (known) return known
  const found = wordsIn('in', JSON.stringify(body['messages']) ?? '')
  carried.set(body, found)
  return found
}

/**
 * Whether a request says, in the place of a message that it does not contain, that the tool `note` ran in it: in a text
 * between the earlier and the later messages.
 */
export const tellsOfTool = ({ body }: Pick<HostileRequest, 'body'>, message: number): boolean => {
  const blocks = searchedBlocks(body).map(({ block }) => ({ block, numbers: wordsIn('in', JSON.stringify(block)) }))
  const before = blocks.findLastIndex(({ numbers }) => numbers.some((number) => number < message))
  const after = blocks.findIndex(({ numbers }) => numbers.some((number) => number > message))
  return blocks
    .slice(Math.max(0, before), after < 0 ? undefined : after + 1)
    .some(({ block: { type, text } }) => type === 'text' && isText(text) && namesTool(text))
}
