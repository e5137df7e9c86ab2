// The parts of messages as texts.
import type { Block, TranscriptItem, Usage } from '../../index.ts'
import { isRecord } from '../../objects.ts'

/** All text of a message. */
export const textOf = ({ parts }: Pick<TranscriptItem, 'parts'>): string =>
  parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('')

/** What a field of a block says. Empty for anything but a text. */
export const wordsIn = (block: unknown, field: string): string =>
  isRecord(block) && typeof block[field] === 'string' ? block[field] : ''

/** The content of a tool's result as text. */
export function resultText(block: Block): string {
  const content = block['content']
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return content === undefined ? '' : asJson(content)
  return content
    .map((piece: unknown) => (isRecord(piece) && typeof piece['text'] === 'string' ? piece['text'] : asJson(piece)))
    .join('\n')
}

/** For people. */
export const asJson = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '')

/** A time as people say it. */
export const spanOf = (ms: number): string =>
  ms < 1_000 ? 'under a second' : ms < 90_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`

/** A number of bytes as people say it. */
export const sizeOf = (bytes: number): string =>
  bytes < 1_000
    ? `${bytes} B`
    : bytes < 1_000_000
      ? `${Math.round(bytes / 1_000)} kB`
      : `${(bytes / 1_000_000).toFixed(1)} MB`

/** A price as people say it, in the currency of the server's prices. */
export const priceOf = (cost: number): string =>
  cost > 0 && cost < 0.0001 ? 'less than $0.0001' : `$${cost.toFixed(cost < 1 ? 4 : 2)}`

/** Tokens, in full. */
export const usageWords = ({ inputTokens, outputTokens, cacheReadTokens, estimated }: Usage): string =>
  `${estimated ? 'At least ' : ''}${inputTokens} in, ${outputTokens} out, ${cacheReadTokens} from the cache`

/** A count with its noun. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

/** The beginning of a text, in one line. */
export function beginningOf(text: string, length = 60): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > length ? `${line.slice(0, length - 1)}…` : line
}
