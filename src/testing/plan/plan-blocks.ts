import { TurnstateError } from '../../errors.ts'
import { encryptedContentOf, signCompaction } from '../memory/compaction-signatures.ts'
import type { Ids } from '../api/ids.ts'
import type { JsonObject } from '../api/json.ts'
import { deltas } from '../reply/deltas.ts'
import { countDeltas, type PlannedBlock } from '../reply/planned-reply.ts'
import type {
  ScriptedBlock,
  ScriptedCompaction,
  ScriptedServerToolResult,
  ScriptedServerToolUse,
  ScriptedToolUse,
} from '../script/script-blocks.ts'
import { signThinking } from '../memory/thinking-signatures.ts'

/** What the blocks of a reply depend on. */
export interface BlockContext {
  readonly model: string
  readonly ids: Pick<Ids, 'toolUse' | 'serverToolUse'>
  /** Ids of the server tool calls in the request that have no result. */
  readonly openCalls: readonly string[]
}

/** Pieces of `size` characters, not UTF-16 units: a delta never contains half of a surrogate pair. */
const everyCharacters = (text: string, size: number): readonly string[] => {
  const characters = Array.from(text)
  const pieces: string[] = []
  for (let at = 0; at < characters.length; at += size) pieces.push(characters.slice(at, at + size).join(''))
  return pieces
}

/** The text in pieces of about a word. */
export const words = (text: string): readonly string[] => text.match(/\S+\s*|\s+/g) ?? []

/** The pieces of a text by the `deltas` of its block. */
const piecesOf = (text: string, given: readonly string[] | number | undefined): readonly string[] => {
  if (given === undefined) return words(text)
  return typeof given === 'number' ? everyCharacters(text, given) : given
}

export const textBlock = (pieces: readonly string[], citations?: readonly JsonObject[]): PlannedBlock => ({
  // Without citations the API leaves the field out; `@ai-sdk/anthropic` fails on null.
  start: { type: 'text', text: '', ...(citations && { citations: [] }) },
  deltas: [...pieces.map(deltas.text), ...(citations ?? []).map(deltas.citation)],
})

const signedBlock = (pieces: readonly string[], signature: string): PlannedBlock => ({
  start: { type: 'thinking', thinking: '', signature: '' },
  deltas: [...pieces.map(deltas.thinking), ...(signature === '' ? [] : [deltas.signature(signature)])],
})

/** A thinking block that the simulator signs; for omitted thinking only the signature is sent. */
export const thinkingBlock = (
  model: string,
  text: string,
  omitted: boolean,
  size?: readonly string[] | number,
): PlannedBlock => ({
  ...signedBlock(omitted ? [] : piecesOf(text, size), signThinking(model, text, omitted)),
  thought: { text, omitted },
})

const callBlock = (block: ScriptedToolUse | ScriptedServerToolUse, id: string): PlannedBlock => ({
  start: { type: block.type, id, name: block.name, input: {}, ...(block.caller && { caller: block.caller }) },
  deltas: ['', ...everyCharacters(block.json ?? JSON.stringify(block.input ?? {}), block.fragment ?? 12)].map(
    deltas.inputJson,
  ),
})

const compactionBlock = ({ content, encryptedContent, signed }: ScriptedCompaction): PlannedBlock => {
  if (signed === true && content !== null) return { start: signCompaction(content), deltas: [] }
  if (signed === true) return { start: { type: 'compaction', content: null, encrypted_content: null }, deltas: [] }
  const encrypted = encryptedContent === undefined ? encryptedContentOf(content) : encryptedContent
  return {
    start: { type: 'compaction', content: null, encrypted_content: null },
    deltas: [deltas.compaction(content, encrypted)],
  }
}

const planBlock = (block: Exclude<ScriptedBlock, ScriptedServerToolResult>, context: BlockContext): PlannedBlock => {
  switch (block.type) {
    case 'text':
      return textBlock(piecesOf(block.text, block.deltas), block.citations)
    case 'thinking': {
      const omitted = block.omitted === true
      return block.signature === undefined
        ? thinkingBlock(context.model, block.thinking, omitted, block.deltas)
        : signedBlock(omitted ? [] : piecesOf(block.thinking, block.deltas), block.signature)
    }
    case 'redacted_thinking':
      return { start: { type: 'redacted_thinking', data: block.data }, deltas: [] }
    case 'tool_use':
      return callBlock(block, block.id ?? context.ids.toolUse())
    case 'server_tool_use':
      return callBlock(block, block.id ?? context.ids.serverToolUse())
    case 'compaction':
      return compactionBlock(block)
    default:
      return { start: block.block, deltas: block.deltas ?? [] }
  }
}

/** The blocks of a reply. Throws `script-invalid` for a server tool result without a call. */
export const planBlocks = (content: readonly ScriptedBlock[], context: BlockContext): readonly PlannedBlock[] => {
  const open = [...context.openCalls]
  return content.map((block, index) => {
    if (block.type !== 'server_tool_result') {
      const planned = planBlock(block, context)
      if (block.type === 'server_tool_use') open.push(String(planned.start['id']))
      return planned
    }
    const id = block.toolUseId ?? open[0]
    if (id === undefined)
      throw new TurnstateError(
        'script-invalid',
        `content[${index}] is a server tool result without a call: neither the reply nor the request has an unanswered one. Put serverToolUse before it, or give toolUseId.`,
      )
    if (open.includes(id)) open.splice(open.indexOf(id), 1)
    return { start: { type: block.block, tool_use_id: id, content: block.content }, deltas: [] }
  })
}

/** The number of deltas of a content, which does not depend on the request. */
export const countScriptedDeltas = (content: readonly ScriptedBlock[]): number =>
  countDeltas(planBlocks(content, anyContext(content.length)))

/** A context for counting, in which every result finds a call. */
export const anyContext = (results: number): BlockContext => ({
  model: '',
  ids: { toolUse: () => '', serverToolUse: () => '' },
  openCalls: Array.from({ length: results }, () => ''),
})
