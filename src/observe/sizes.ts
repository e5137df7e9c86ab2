// Sizes of what is sent. Requests share their blocks, so each block is measured once.
import { type Block, deepestNesting, type Message, textOf } from '../journal/index.ts'

const encoder = new TextEncoder()
const known = new WeakMap<object, number>()

/** Bytes of a value as JSON; 0 if it can't be JSON. A redacted block counts with its original size. */
export function jsonBytes(value: unknown): number {
  if (typeof value !== 'object' || value === null) return measure(value)
  let bytes = known.get(value)
  if (bytes === undefined) known.set(value, (bytes = 'redacted' in value ? measureRedacted(value) : measure(value)))
  return bytes
}

/** The size note in a redacted block: how many bytes were removed, and whether the content was a plain string. */
export const isSize = (value: unknown): value is { readonly bytes: number; readonly isString?: boolean } =>
  typeof value === 'object' && value !== null && 'bytes' in value && typeof value.bytes === 'number'

function measureRedacted(value: object): number {
  let missing = 0
  const bytes = measure(value, (key, inner: unknown) => {
    if (key !== 'redacted' || !isSize(inner)) return inner
    missing += inner.bytes
    return undefined
  })
  return bytes + missing
}

function measure(value: unknown, replacer?: (key: string, inner: unknown) => unknown): number {
  try {
    const json: string | undefined = JSON.stringify(value, replacer)
    return json === undefined ? 0 : encoder.encode(json).byteLength + behindPlaceholders(json)
  } catch {
    return 0
  }
}

/** Summaries are built from redacted texts: their placeholders count with the size of the original. */
function behindPlaceholders(json: string): number {
  if (!json.includes('‹')) return 0
  return [...json.matchAll(/‹(\d{1,15}) characters?›/g)].reduce(
    (sum, [shown, length]) => sum + Number(length) - encoder.encode(shown).byteLength,
    0,
  )
}

/** Bytes of a message as JSON. */
export function messageBytes({ role, content }: Message): number {
  const around = '{"role":"","content":}'.length + role.length
  if (typeof content === 'string') return around + measure(content)
  const [first] = content
  if (first && content.length === 1 && isSize(first['redacted']) && first['redacted'].isString)
    return around + jsonBytes(first) - '{"type":"text","text":}'.length
  return content.reduce((sum, block) => sum + jsonBytes(block) + 1, around + 1)
}

/** Cache breakpoints in messages, including those inside tool results. */
export const cacheBreakpoints = (messages: readonly Message[]): number =>
  messages.reduce(
    (sum, { content }) =>
      sum + (typeof content === 'string' ? 0 : content.reduce((n, block) => n + marked(block, deepestNesting), 0)),
    0,
  )

function marked(block: Block, levels: number): number {
  const { cache_control: mark, content } = block
  const isOpen = Array.isArray(content) && levels > 0
  const nested = isOpen ? content.reduce<number>((n, inner: Block) => n + marked(inner, levels - 1), 0) : 0
  return nested + (mark === undefined || mark === null ? 0 : 1)
}

/** The first words of a content, for a list: at most `length` characters. Does not read the rest. */
export function excerpt(content: Message['content'], length: number): string {
  let line = ''
  for (const block of typeof content === 'string' ? [content] : content) {
    line += ` ${beginning(typeof block === 'string' ? block : textOf(block) || `[${block.type}]`, length)}`
    if (line.length > 2 * length) break
  }
  const words = line.trim()
  return words.length <= length ? words : `${words.slice(0, length - 1)}…`
}

/** Enough of a text for an excerpt, with each run of white space as one space. */
const beginning = (text: string, length: number): string =>
  text
    .trimStart()
    .slice(0, 8 * length)
    .replaceAll(/\s+/g, ' ')
