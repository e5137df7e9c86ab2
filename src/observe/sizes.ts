// Sizes as they go over the network. Blocks are shared between requests, so each is measured once.
import { type Block, deepestNesting, type Message, textOf } from '../journal/index.ts'

const encoder = new TextEncoder()
const known = new WeakMap<object, number>()

/** Bytes of a value as JSON; 0 for one that JSON can't hold. A block that was redacted counts as it was. */
export function jsonBytes(value: unknown): number {
  if (typeof value !== 'object' || value === null) return measure(value)
  let bytes = known.get(value)
  if (bytes === undefined) known.set(value, (bytes = 'redacted' in value ? measureRedacted(value) : measure(value)))
  return bytes
}

/** What a redacted block says of its size: how many bytes are missing, and whether a bare string stood there. */
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

/** A summary in words is made of redacted texts: what stands for them counts as what they were. */
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

/** Cache breakpoints in messages, those inside tool results included. */
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

/** The first words of a content, for a list: `length` characters at most. The rest of it is not looked at. */
export function excerpt(content: Message['content'], length: number): string {
  let line = ''
  for (const block of typeof content === 'string' ? [content] : content) {
    line += ` ${beginning(typeof block === 'string' ? block : textOf(block) || `[${block.type}]`, length)}`
    if (line.length > 2 * length) break
  }
  const words = line.trim()
  return words.length <= length ? words : `${words.slice(0, length - 1)}…`
}

/** Enough of a text for an excerpt, each run of white space as one blank. */
const beginning = (text: string, length: number): string =>
  text
    .trimStart()
    .slice(0, 8 * length)
    .replaceAll(/\s+/g, ' ')
