import type { ApiFailure } from '../api-errors.ts'
import { isObject, isText, type JsonObject, listOf, objectsOf } from '../json.ts'
import type { RequestToCheck } from './violation.ts'

const allBlocks = (
  body: JsonObject,
): readonly { readonly block: JsonObject; readonly message: number; readonly at: number }[] =>
  objectsOf(body['messages']).flatMap(({ object, index }) =>
    objectsOf(object['content']).map(({ object: block, index: at }) => ({ block, message: index, at })),
  )

const misplaced = (message: string): ApiFailure => ({
  status: 400,
  type: 'invalid_request_error',
  message,
  details: { error_code: 'compaction_block_misplaced' },
})

/** Compaction blocks need their header; a signed one replaces everything before it, so nothing may stand there. */
export const compactionBlocks = ({ body, betas }: RequestToCheck): string | ApiFailure | undefined => {
  const found = allBlocks(body).filter(({ block }) => block['type'] === 'compaction')
  const [first] = found
  if (first && !betas.some((name) => name.startsWith('compact-')))
    return `messages.${first.message}.content.${first.at}: Input tag 'compaction' found using 'type' does not match any of the expected tags without the header anthropic-beta: compact-2026-09-04`
  const signed = found.filter(({ block }) => isText(block['signature']))
  if (signed[1])
    return misplaced(
      `messages.${signed[1].message}.content.${signed[1].at}: only one signed compaction block is allowed`,
    )
  return signed[0] && (signed[0].message > 0 || signed[0].at > 0)
    ? misplaced(`messages.${signed[0].message}.content.${signed[0].at}: a signed compaction block must come first`)
    : undefined
}

export const compactionField = ({ body }: RequestToCheck): string | undefined => {
  if ((body['compaction'] ?? null) === null) return undefined
  const { context_management: management, stop_sequences: stops, output_config: output, tool_choice: choice } = body
  if ((management ?? null) !== null) return 'compaction: cannot be combined with context_management'
  if (listOf(stops).length > 0) return 'compaction: cannot be combined with stop_sequences'
  if (isObject(output) && (output['format'] ?? null) !== null)
    return 'compaction: cannot be combined with output_config.format'
  return isObject(choice) && (choice['type'] === 'any' || choice['type'] === 'tool')
    ? 'compaction: cannot be combined with a tool_choice that forces tool use'
    : undefined
}

const droppedBefore: readonly unknown[] = ['thinking', 'redacted_thinking', 'connector_text', 'tool_use']

/** Before the last `fallback` block of a message, what only the refused model could read must be gone. */
export const fallbackBlocks = ({ body }: RequestToCheck): string | undefined => {
  for (const { object, index } of objectsOf(body['messages'])) {
    const blocks = objectsOf(object['content'])
    const last = blocks.findLastIndex(({ object: block }) => block['type'] === 'fallback')
    const stale = blocks.slice(0, Math.max(0, last)).find(({ object: block }) => droppedBefore.includes(block['type']))
    if (stale)
      return `messages.${index}.content.${stale.index}: \`${String(stale.object['type'])}\` blocks before the last \`fallback\` block must be removed`
  }
  return undefined
}
