import type { Ids } from './ids.ts'
import type { JsonObject } from './json.ts'
import type { PlannedBlock } from './planned-reply.ts'
import type { ScriptedBlock } from './script.ts'
import { signThinking } from './signatures.ts'

/** What the blocks of one reply need to know. */
export interface BlockContext {
  readonly model: string
  readonly ids: Pick<Ids, 'toolUse'>
}

/** Characters, not UTF-16 units: a delta never carries half of a surrogate pair. */
const everyCharacters = (text: string, size: number): readonly string[] => {
  const characters = Array.from(text)
  const pieces: string[] = []
  for (let at = 0; at < characters.length; at += size) pieces.push(characters.slice(at, at + size).join(''))
  return pieces
}

/** Pieces of about a word each, which together are the text. */
export const words = (text: string): readonly string[] => text.match(/\S+\s*|\s+/g) ?? []

const pieces = (text: string, deltas: readonly string[] | number | undefined): readonly string[] => {
  if (deltas === undefined) return words(text)
  return typeof deltas === 'number' ? everyCharacters(text, deltas) : deltas
}

export const textBlock = (deltas: readonly string[], citations?: readonly JsonObject[]): PlannedBlock => ({
  // Without citations the API leaves the field out; a null is what `@ai-sdk/anthropic` chokes on.
  start: { type: 'text', text: '', ...(citations && { citations: [] }) },
  deltas: [
    ...deltas.map((text) => ({ type: 'text_delta', text })),
    ...(citations ?? []).map((citation) => ({ type: 'citations_delta', citation })),
  ],
})

export const thinkingBlock = (deltas: readonly string[], signature: string): PlannedBlock => ({
  start: { type: 'thinking', thinking: '', signature: '' },
  deltas: [
    ...deltas.map((thinking) => ({ type: 'thinking_delta', thinking })),
    ...(signature === '' ? [] : [{ type: 'signature_delta', signature }]),
  ],
})

export const planBlock = (block: ScriptedBlock, { model, ids }: BlockContext): PlannedBlock => {
  switch (block.type) {
    case 'text':
      return textBlock(pieces(block.text, block.deltas), block.citations)
    case 'thinking': {
      const signature = block.signature ?? signThinking(model, block.thinking, block.omitted)
      return thinkingBlock(block.omitted === true ? [] : pieces(block.thinking, block.deltas), signature)
    }
    case 'redacted_thinking':
      return { start: { type: 'redacted_thinking', data: block.data }, deltas: [] }
    case 'tool_use': {
      const json = block.json ?? JSON.stringify(block.input ?? {})
      return {
        start: { type: 'tool_use', id: block.id ?? ids.toolUse(), name: block.name, input: {} },
        deltas: ['', ...everyCharacters(json, block.fragment ?? 12)].map((partial_json) => ({
          type: 'input_json_delta',
          partial_json,
        })),
      }
    }
    default:
      return { start: block.block, deltas: block.deltas ?? [] }
  }
}
