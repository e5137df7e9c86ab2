import { canonical, digest } from '../api/digest.ts'
import { isText, type JsonObject, listOf } from '../api/json.ts'
import { assembleBlock, deltas, isSignature } from '../reply/deltas.ts'
import { type PlannedBlock } from '../reply/planned-reply.ts'
import { isThinking } from '../memory/served-turns.ts'
import { type Binding, signBoundThinking, type Signatures } from '../memory/thinking-signatures.ts'
import { turnsOf } from '../api/turns.ts'
import { isKnownBlock } from './content-blocks.ts'

/** A thinking block of the request that its model does not get to see. */
interface DroppedThinking {
  readonly place: string
  readonly reason: 'model_binding_mismatch' | 'prefix_binding_mismatch'
}

/** A conversation as thinking is bound to it. */
export interface ReadConversation {
  /** What thinking that comes next is bound to. */
  readonly binding: Binding
  readonly dropped: readonly DroppedThinking[]
  /** A conversation that a compaction begins anew. */
  readonly restart: string
}

const identityOf = (block: JsonObject): string => digest(String(block['signature'] ?? block['data']))

/**
 * Whether a block counts for what comes after it. A `fallback` block is not shown to the model, a compaction that
 * failed is none, and blank text or a type that no request may hold can't come back.
 */
const counts = (block: JsonObject): boolean => {
  const { type, text } = block
  if (type === 'text') return isText(text) && text.trim() !== ''
  return type !== 'fallback' && type !== 'compaction' && isKnownBlock(type)
}

const isCompaction = (block: JsonObject): boolean => block['type'] === 'compaction' && isText(block['content'])

/** Markers of the cache move, and empty citations come and go; neither changes what was said. */
const wordingOf = (block: JsonObject): string => {
  const { citations, ...rest } = block
  return canonical(listOf(citations).length > 0 ? block : rest, ['cache_control'])
}

const asBlocks = (content: unknown): readonly unknown[] =>
  isText(content) ? (content === '' ? [] : [{ type: 'text', text: content }]) : listOf(content)

const advance = (prefix: string, role: unknown, block: JsonObject): string =>
  digest(prefix, String(role), wordingOf(block))

/** A conversation goes on by a block of a reply, or a compaction begins it anew. */
const after = (binding: Binding, restart: string, role: unknown, block: JsonObject): Binding => {
  if (isCompaction(block)) return { prefix: advance(restart, role, block), after: '' }
  return counts(block) ? { ...binding, prefix: advance(binding.prefix, role, block) } : binding
}

/**
 * Reads a request as a model does that is strict about where its thinking stands. The prefix leaves thinking out, so
 * that the oldest of it may be dropped; that nothing is missing between two blocks, each says by naming the one before.
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

/** Signs what a model thought for the place where it stands, block after block. */
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
