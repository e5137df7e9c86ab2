import type { HostileField } from './fields.ts'
import { isObject, isText, type JsonObject } from '../../api/json.ts'
import { type PlacedBlock, searchedBlocks } from './searched-blocks.ts'
import { wordOf } from './words.ts'

/** The reason for which requests are rejected. `of` is the number of a message, 0 for the first. Plain JSON. */
export type HostileRule =
  /** A block of this type, anywhere. */
  | { readonly on: 'block'; readonly type: string }
  /** A word from one message, anywhere: from its last reply, its input, its tool's result, or its tool's name. */
  | { readonly on: 'marker'; readonly where: 'reply' | 'input' | 'toolResult' | 'toolName'; readonly of: number }
  /** The id of a message's first tool call. */
  | { readonly on: 'id'; readonly of: number }
  /** The request names a container. */
  | { readonly on: 'container' }
  /** A thinking block, redacted or not. */
  | { readonly on: 'thinking' }
  /** A top-level field. */
  | { readonly on: 'field'; readonly field: HostileField }
  /** A body of more than `most` bytes. */
  | { readonly on: 'bytes'; readonly most: number }
  /** A top-level field in requests to one model. */
  | { readonly on: 'modelAndField'; readonly model: string; readonly field: HostileField }
  /** The file of one message, or any file without `of`. */
  | { readonly on: 'file'; readonly of?: number }

/** The place where a request breaks a rule. */
export interface Strike {
  /** `messages.3.content.1`, or the name of a top-level field; `''` for the request as a whole. */
  readonly place: string
  /** The block, if the rule is about one. */
  readonly block?: JsonObject
  /** The id of the file, of the container or of the call, or the number of bytes. */
  readonly what?: string
}

const words = { reply: 'out', input: 'in', toolResult: 'res', toolName: 'imagined' } as const

/** The id of a message's nth call, 0 for the first. `time` is 1, 2 and so on when the call is repeated. */
export const callIdOf = (message: number, call: number, time = 0): string =>
  `toolu_hostile_${message}_${call}${time === 0 ? '' : `_again${time}`}`

/** The id of the file that a message brings. */
export const fileIdOf = (message: number): string => `file_${String(message).padStart(3, '0')}`

/** The file ids anywhere in a JSON value. */
const fileIdsIn = (value: unknown): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(fileIdsIn)
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'file_id' && isText(inner) ? [inner] : fileIdsIn(inner),
  )
}

const firstBlock = (body: JsonObject, whatOf: (block: JsonObject) => string | undefined): Strike | null => {
  for (const { block, place } of searchedBlocks(body)) {
    const what = whatOf(block)
    if (what !== undefined) return { place, block, what }
  }
  return null
}

const has = (body: JsonObject, field: string): boolean => (body[field] ?? null) !== null

const containerIn = ({ container }: JsonObject): string =>
  isObject(container) ? String(container['id']) : String(container)

/** The place of a word: its block, or the name in the block. */
const sharpened = ({ place, block }: PlacedBlock, word: string): string => {
  const { type, name } = block
  return isText(name) && name.includes(word) ? `${place}.${String(type)}.name` : place
}

/** Where a body breaks a rule; null if it does not. `bytes` is the size of the body. */
export const strike = (rule: HostileRule, body: JsonObject, bytes: number): Strike | null => {
  switch (rule.on) {
    case 'block':
      return firstBlock(body, ({ type }) => (type === rule.type ? rule.type : undefined))
    case 'thinking':
      return firstBlock(body, ({ type }) => (type === 'thinking' || type === 'redacted_thinking' ? type : undefined))
    case 'marker': {
      const word = wordOf(words[rule.where], rule.of)
      const found = firstBlock(body, (block) => (JSON.stringify(block).includes(word) ? word : undefined))
      return found?.block ? { ...found, place: sharpened({ place: found.place, block: found.block }, word) } : null
    }
    case 'id': {
      const wanted = callIdOf(rule.of, 0)
      return firstBlock(body, ({ id, tool_use_id: answered }) =>
        id === wanted || answered === wanted ? wanted : undefined,
      )
    }
    case 'file':
      return firstBlock(body, (block) =>
        fileIdsIn(block).find((id) => rule.of === undefined || id === fileIdOf(rule.of)),
      )
    case 'container':
      return has(body, 'container') ? { place: 'container', what: containerIn(body) } : null
    case 'field':
      return has(body, rule.field) ? { place: rule.field } : null
    case 'modelAndField':
      return body['model'] === rule.model && has(body, rule.field) ? { place: rule.field } : null
    case 'bytes':
      return bytes > rule.most ? { place: '', what: String(bytes) } : null
  }
}
