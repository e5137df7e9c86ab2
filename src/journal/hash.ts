import { type Content, textOf, toBlocks } from './content.ts'

/** FNV-1a over two lanes, 64 bits: tells texts apart, keeps no secrets, and runs in browsers without waiting. */
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

/** Tells whether two inputs are the same words and files; white space around words does not count. */
export const inputHash = (input: Content): string =>
  hash(JSON.stringify(toBlocks(input).map((block) => (block.type === 'text' ? textOf(block).trim() : block))))

/** Of any plain data. Names that are missing and those that are `undefined` are alike. */
export const hashOf = (value: unknown): string => hash(JSON.stringify(value) ?? '')

/** Of what a reply is made under, apart from the messages. */
export const promptHashOf = (system: unknown, tools: unknown): string =>
  hash(JSON.stringify([system ?? null, tools ?? null]))

/** Neither a system prompt nor tools. */
export const noPromptHash = promptHashOf(null, null)
