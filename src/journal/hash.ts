import { type Content, textOf, toBlocks } from './content.ts'

/** FNV-1a over two lanes, 64 bits. It distinguishes texts, is not cryptographic, and is synchronous in browsers. */
function hash(text: string): string {
  let low = 0x811c9dc5
  let high = 0xc9dc5118
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    low = Math.imul(low ^ code, 0x01000193)
    high = Math.imul(high ^ code, 0x01000193) ^ (low >>> 13)
  }
  return [high, low].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('')
}

/** The hash of an input. Equal for the same text and files; white space around text does not count. */
export const inputHash = (input: Content): string =>
  hash(JSON.stringify(toBlocks(input).map((block) => (block.type === 'text' ? textOf(block).trim() : block))))

/** The hash of plain data. A missing field and an `undefined` one are equal. */
export const hashOf = (value: unknown): string => hash(JSON.stringify(value) ?? '')

/** The hash of the system prompt and the tools. */
export const promptHashOf = (system: unknown, tools: unknown): string =>
  hash(JSON.stringify([system ?? null, tools ?? null]))

/** The hash for no system prompt and no tools. */
export const noPromptHash = promptHashOf(null, null)
