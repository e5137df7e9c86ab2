import type { HostileField } from './fields.ts'
import { isObject, isText, type JsonObject } from '../../api/json.ts'
import { type PlacedBlock, searchedBlocks } from './searched-blocks.ts'
import { wordOf } from './words.ts'

/** What requests are rejected for. `of` is the number of a message, 0 being the first. Plain JSON. */
export type HostileRule =
  /** A block of this type, anywhere. */
  | { readonly on: 'block'; readonly type: string }
  /** A word of one message, anywhere: in its last reply, its input, what its tool gave, or the name of its tool. */
  | { readonly on: 'marker'; readonly where: 'reply' | 'input' | 'toolResult' | 'toolName'; readonly of: number }
  /** The id of the first tool call of a message. */
  | { readonly on: 'id'; readonly of: number }
  /** The request names a container. */
  | { readonly on: 'container' }
  /** A block of thinking, redacted or not. */
  | { readonly on: 'thinking' }
  /** A top-level field. */
  | { readonly on: 'field'; readonly field: HostileField }
  /** A body of more bytes than these. */
  | { readonly on: 'bytes'; readonly most: number }
  /** A top-level field in a request to one model. */
  | { readonly on: 'modelAndField'; readonly model: string; readonly field: HostileField }
  /** The file of one message, or any file id at all. */
  | { readonly on: 'file'; readonly of?: number }

/** Where a rule struck. */
export interface Strike {
  /** `messages.3.content.1`, or the name of a top-level field; `''` for the request as a whole. */
  readonly place: string
  /** The block, where one is to blame. */
  readonly block?: JsonObject
  /** The id of the file, of the container or of the call, or the number of bytes. */
  readonly what?: string
}

const words = { reply: 'out', input: 'in', toolResult: 'res', toolName: 'imagined' } as const

/** The id of a call of a message, 0 being the first, and of it when it is made again: `time` 1, 2 and so on. */
export const callIdOf = (message: number, call: number, time = 0): string =>
  `toolu_hostile_${message}_${call}${time === 0 ? '' : `_again${time}`}`

/** The id of the file that a message brings. */
export const fileIdOf = (message: number): string => `file_${String(message).padStart(3, '0')}`

/** The file ids in anything that JSON can hold. */
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

/** The place of a marker is the block, or the name in it. */
const sharpened = ({ place, block }: PlacedBlock, word: string): string => {
  const { type, name } = block
  return isText(name) && name.includes(word) ? `${place}.${String(type)}.name` : place
}

/** Where a rule strikes a body of so many bytes; null when it does not. */
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
