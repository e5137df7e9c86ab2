import { canonical, digest } from '../api/digest.ts'
import { isText, type JsonObject, listOf } from '../api/json.ts'
import { assembleBlock, deltas, isSignature } from '../reply/deltas.ts'
import { type PlannedBlock } from '../reply/planned-reply.ts'
import { isThinking } from '../memory/served-turns.ts'
import { type Binding, signBoundThinking, type Signatures } from '../memory/thinking-signatures.ts'
import { turnsOf } from '../api/turns.ts'
import { isKnownBlock } from './content-blocks.ts'

/** A thinking block of the request that the model does not see. */
interface DroppedThinking {
  readonly place: string
  readonly reason: 'model_binding_mismatch' | 'prefix_binding_mismatch'
}

/** A conversation, read with the binding of its thinking. */
export interface ReadConversation {
  /** What the next thinking block is bound to. */
  readonly binding: Binding
  readonly dropped: readonly DroppedThinking[]
  /** The prefix of a conversation that begins with a compaction. */
  readonly restart: string
}

const identityOf = (block: JsonObject): string => digest(String(block['signature'] ?? block['data']))

/**
 * Whether the prefix of later blocks includes a block. A `fallback` block is not shown to the model, a failed compaction
 * has no effect, and blank text or a type that requests can't contain can't come back.
 */
const counts = (block: JsonObject): boolean => {
  const { type, text } = block
  if (type === 'text') return isText(text) && text.trim() !== ''
  return type !== 'fallback' && type !== 'compaction' && isKnownBlock(type)
}

const isCompaction = (block: JsonObject): boolean => block['type'] === 'compaction' && isText(block['content'])

/** A block without what may change between requests: cache breakpoints, and empty citations. */
const wordingOf = (block: JsonObject): string => {
  const { citations, ...rest } = block
  return canonical(listOf(citations).length > 0 ? block : rest, ['cache_control'])
}

const asBlocks = (content: unknown): readonly unknown[] =>
  isText(content) ? (content === '' ? [] : [{ type: 'text', text: content }]) : listOf(content)

const advance = (prefix: string, role: unknown, block: JsonObject): string =>
  digest(prefix, String(role), wordingOf(block))

/** The binding after a block; after a compaction the conversation begins anew. */
const after = (binding: Binding, restart: string, role: unknown, block: JsonObject): Binding => {
  if (isCompaction(block)) return { prefix: advance(restart, role, block), after: '' }
  return counts(block) ? { ...binding, prefix: advance(binding.prefix, role, block) } : binding
}

/**
 * Reads a request like a model that is strict about the place of its thinking. The prefix does not include thinking, so that
 * a client may drop the oldest; each thinking block names the one before it, so that none is missing in between.
 */
export const readConversation = (
  body: JsonObject,
  model: string,
  signatures: Signatures,
  bound: boolean,
): ReadConversation => {
  const { system, tools } = body
  const restart = digest(canonical(asBlocks(system), ['cache_control']), canonical(listOf(tools), ['cache_control']))
  let binding: Binding = { prefix: restart, after: '' }
  let dropped: DroppedThinking[] = []
  for (const { role, blocks } of turnsOf(body))
    for (const { block, place } of blocks) {
      if (isCompaction(block)) dropped = []
      if (!isThinking(block)) {
        binding = after(binding, restart, role, block)
        continue
      }
      const origin = signatures.originOf(block)
      const mine = origin.binding
      const moved = mine && (mine.prefix !== binding.prefix || (binding.after !== '' && mine.after !== binding.after))
      if (origin.model !== undefined && origin.model !== model)
        dropped.push({ place, reason: 'model_binding_mismatch' })
      else if (bound && moved === true) dropped.push({ place, reason: 'prefix_binding_mismatch' })
      else binding = { ...binding, after: identityOf(block) }
    }
  return { binding, dropped, restart }
}

const resigned = (block: PlannedBlock, signature: string): PlannedBlock => ({
  ...block,
  deltas: block.deltas.map((delta) => (isSignature(delta) ? deltas.signature(signature) : delta)),
})

/** Signs the thinking blocks of a reply for their places. */
export const bindThinking = (
  blocks: readonly PlannedBlock[],
  model: string,
  { binding: start, restart }: ReadConversation,
): readonly PlannedBlock[] => {
  let binding = start
  return blocks.map((block) => {
    if (!isThinking(block.start)) {
      binding = after(binding, restart, 'assistant', assembleBlock(block))
      return block
    }
    const { thought } = block
    const signed = thought ? resigned(block, signBoundThinking(model, thought.text, thought.omitted, binding)) : block
    binding = { ...binding, after: identityOf(assembleBlock(signed)) }
    return signed
  })
}
