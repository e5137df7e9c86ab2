import { canonical, digest } from '../api/digest.ts'
import type { JsonObject } from '../api/json.ts'

/** Digests of the parts of a block, one by one, so that a changed part can be named. */
const recordOf = (block: JsonObject): readonly [content: string, toolChanges: string, rest: string] => [
  digest(canonical(block['content'])),
  digest(canonical(block['tool_changes'])),
  digest(canonical(block['encrypted_content'])),
]

const seal = (record: readonly string[]): string => digest('turnstate simulator', 'compaction', ...record)

const signatureOf = (block: JsonObject): string => {
  const record = recordOf(block)
  return [...record, seal(record)].join('.')
}

/** The `encrypted_content` of a summary: here only a digest, which hides nothing. */
export const encryptedContentOf = (content: string | null): string | null =>
  content === null ? null : Buffer.from(digest(content)).toString('base64')

/**
 * A signed compaction block, as the simulator makes it on demand; for histories that a test writes by hand. Put it into
 * an assistant message at the beginning of `messages`, in place of the messages that it summarizes.
 */
export const signCompaction = (content: string): JsonObject => {
  const block = { type: 'compaction', content, encrypted_content: encryptedContentOf(content), tool_changes: [] }
  return { ...block, signature: signatureOf(block) }
}

export type CompactionFlaw = 'signature-invalid' | 'content-mismatch' | 'tool-changes-mismatch'

/** What is wrong with a signed block; undefined if the simulator made it and it is unchanged. */
export const compactionFlaw = (block: JsonObject): CompactionFlaw | undefined => {
  const parts = String(block['signature']).split('.')
  const record = parts.slice(0, -1)
  if (record.length !== 3 || parts.at(-1) !== seal(record)) return 'signature-invalid'
  const now = recordOf(block)
  if (now[0] !== record[0]) return 'content-mismatch'
  if (now[1] !== record[1]) return 'tool-changes-mismatch'
  return now[2] === record[2] ? undefined : 'signature-invalid'
}
