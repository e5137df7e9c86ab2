// Redacts content: blocks keep their types, names, ids and sizes.
import { type Block, type Content, deepestNesting } from '../journal/index.ts'
import { placeholder, shownName } from '../hidden-text.ts'
import { isSize, jsonBytes } from './sizes.ts'

/** Fields of blocks that hold names and structure, and no text. */
const structural = new Set([
  'type',
  'id',
  'tool_use_id',
  'name',
  'toolset_name',
  'server_name',
  'is_error',
  'cache_control',
  'caller',
  'from',
  'to',
  'trigger',
])

/** Returns the name that replaces an id. Equal ids get the same name, because results refer to their calls by id. */
export type NameOfId = (id: string) => string

/** Levels of objects in a field that structures: `caller` and `cache_control` have one. */
const structuralLevels = 3

/**
 * A block without its words. In `redacted` stands how many bytes it had more than it shows, so that its size is known even
 * when a request changes something about it.
 */
function redactBlock(block: Block, nameOfId: NameOfId, levels: number): Block {
  const shown = Object.fromEntries(
    Object.entries(block).map(([name, value]) => [
      shownName(name),
      structural.has(name) ? named(name, value, nameOfId, structuralLevels) : blank(value, nameOfId, levels),
    ]),
  )
  return {
    ...shown,
    type: shownName(block.type),
    redacted: { bytes: jsonBytes(block) - jsonBytes({ ...shown, redacted: none }) },
  }
}

const none = { bytes: 0 }

/** A field that holds names and structure: names, ids, numbers and flags. */
function named(field: string, value: unknown, nameOfId: NameOfId, levels: number): unknown {
  if (typeof value === 'string') return isId(field) ? nameOfId(value) : shownName(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value) || levels === 0) return {}
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [shownName(name), named(name, inner, nameOfId, levels - 1)]),
  )
}

const isId = (field: string): boolean => field === 'id' || field.endsWith('_id')

/** Redacts blocks inside a block too. Removes those below the deepest level that is sent. */
function blank(value: unknown, nameOfId: NameOfId, levels: number): unknown {
  if (typeof value === 'string') return placeholder(value)
  if (Array.isArray(value))
    return value.flatMap((inner) => (levels > 0 && isBlock(inner) ? [redactBlock(inner, nameOfId, levels - 1)] : []))
  return typeof value === 'object' && value !== null ? {} : value
}

const isBlock = (value: unknown): value is Block =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'

export const redactBlocks = (blocks: readonly Block[], nameOfId: NameOfId): readonly Block[] =>
  blocks.map((block) => redactBlock(block, nameOfId, deepestNesting))

export function redactContent(content: Content, nameOfId: NameOfId): Content {
  if (typeof content !== 'string') return redactBlocks(content, nameOfId)
  if (content.trim() === '') return content
  const { redacted: size, ...block } = redactBlock({ type: 'text', text: content }, nameOfId, deepestNesting)
  return [{ ...block, type: 'text', redacted: { ...none, ...(isSize(size) ? size : {}), isString: true } }]
}

/** Redacts an object in which the API describes the context: keeps names, counts, paths and reasons. */
export const redactObject = (told: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(told).map(([name, value]) => [
      shownName(name),
      typeof value === 'string' && (structural.has(name) || name === 'path' || name === 'reason')
        ? shownName(value)
        : blank(value, placeholder, 0),
    ]),
  )
