// Sizes as they go over the network. Blocks are shared between requests, so each is measured once.
import { type Block, type Message, textOf } from '../../journal/index.ts'

const encoder = new TextEncoder()
const known = new WeakMap<object, number>()

/** Bytes of a value as JSON; 0 for one that JSON can't hold. A block that was redacted says what it was. */
export function jsonBytes(value: unknown): number {
  if (typeof value !== 'object' || value === null) return measure(value)
  const redacted = 'redacted' in value ? value.redacted : undefined
  if (typeof redacted === 'object' && redacted !== null && 'bytes' in redacted && typeof redacted.bytes === 'number')
    return redacted.bytes
  let bytes = known.get(value)
  if (bytes === undefined) known.set(value, (bytes = measure(value)))
  return bytes
}

function measure(value: unknown): number {
  try {
    const json: string | undefined = JSON.stringify(value)
    return json === undefined ? 0 : encoder.encode(json).byteLength
  } catch {
    return 0
  }
}

/** Bytes of a message as JSON. */
export function messageBytes({ role, content }: Message): number {
  const around = 24 + role.length
  if (typeof content === 'string') return around + measure(content)
  return content.reduce((sum, block) => sum + jsonBytes(block) + 1, around + 1)
}

/** Cache breakpoints in messages, those inside tool results included. */
export const cacheBreakpoints = (messages: readonly Message[]): number =>
  messages.reduce(
    (sum, { content }) => sum + (typeof content === 'string' ? 0 : content.reduce((n, block) => n + marked(block), 0)),
    0,
  )

function marked(block: Block): number {
  const { cache_control: mark, content } = block
  const nested = Array.isArray(content) ? content.reduce<number>((n, inner: Block) => n + marked(inner), 0) : 0
  return nested + (mark === undefined || mark === null ? 0 : 1)
}

/** The first words of a content, for a list. */
export const excerpt = (content: Message['content'], length: number): string => {
  const text =
    typeof content === 'string' ? content : content.map((block) => textOf(block) || `[${block.type}]`).join(' ')
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`
}
