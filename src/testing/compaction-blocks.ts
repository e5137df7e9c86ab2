import { canonical, digest } from './digest.ts'
import type { JsonObject } from './json.ts'

const seal = (block: JsonObject): string =>
  digest(
    'turnstate simulator',
    'compaction',
    ...['content', 'encrypted_content', 'tool_changes'].map((name) => canonical(block[name])),
  )

/** What a summary's `encrypted_content` is here: nothing is hidden in it. */
export const encryptedContentOf = (content: string | null): string | null =>
  content === null ? null : Buffer.from(digest(content)).toString('base64')

/**
 * The block that the simulator makes of a conversation on demand: for histories that a test writes by hand. It comes
 * first in `messages`, in the assistant's words, and replaces all that it summarizes.
 */
export const signCompaction = (content: string): JsonObject => {
  const block = { type: 'compaction', content, encrypted_content: encryptedContentOf(content), tool_changes: [] }
  return { ...block, signature: seal(block) }
}

/** Whether a signed block is one of the simulator's own, and unchanged. */
export const isOwnCompaction = (block: JsonObject): boolean => block['signature'] === seal(block)
