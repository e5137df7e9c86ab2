import type { ApiFailure } from '../api/api-errors.ts'
import { compactionFlaw } from '../memory/compaction-signatures.ts'
import { isObject, isText, type JsonObject, listOf } from '../api/json.ts'
import { asksForCompaction, forcesTool } from '../api/request-fields.ts'
import { turnsOf } from '../api/turns.ts'
import { extraInput, type ModelRequest, type RequestToCheck } from './rule.ts'

/** The header for compaction on demand; compaction at a threshold has older ones. */
export const compactBeta = 'compact-2026-09-04'

const failure = (message: string, code: string): ApiFailure => ({
  status: 400,
  type: 'invalid_request_error',
  message,
  details: { error_code: code },
})

const isSigned = (block: JsonObject): boolean => (block['signature'] ?? null) !== null

/**
 * Compaction blocks need their header. A signed block replaces everything before it, so it must come first. The codes are
 * documented, the messages are ours. A block with `content: null` is a failed compaction, and is ignored.
 */
export const compactionBlocks = ({ body, betas }: RequestToCheck): string | ApiFailure | undefined => {
  const found = turnsOf(body)
    .flatMap(({ blocks }) => blocks)
    .filter(({ block }) => block['type'] === 'compaction')
  const granted = (block: JsonObject): boolean =>
    betas.some((name) => (isSigned(block) ? name === compactBeta : name.startsWith('compact-')))
  const bare = found.find(({ block }) => !granted(block))
  if (bare)
    return `${bare.place}: Input tag 'compaction' found using 'type' does not match any of the expected tags without the header anthropic-beta: ${compactBeta}`
  const blank = found.find(({ block }) => block['content'] === '')
  if (blank) return `${blank.place}.compaction.content: String should have at least 1 character`
  const summaries = found.filter(({ block }) => isText(block['content']))
  // It is not known whether this rule also applies under the older headers.
  if (summaries[1] && betas.includes(compactBeta))
    return failure(
      `${summaries[1].place}: only one \`compaction\` block with content is allowed`,
      'compaction_block_ambiguous',
    )
  const signed = summaries.find(({ block }) => isSigned(block))
  if (!signed) return undefined
  const { block, place } = signed
  if (place !== 'messages.0.content.0')
    return failure(`${place}: a signed compaction block must come first`, 'compaction_block_misplaced')
  switch (compactionFlaw(block)) {
    case 'signature-invalid':
      return failure(`${place}: Invalid \`signature\` in \`compaction\` block`, 'compaction_signature_invalid')
    case 'content-mismatch':
      return failure(`${place}: \`content\` is not what was signed`, 'compaction_content_mismatch')
    case 'tool-changes-mismatch':
      return failure(`${place}: \`tool_changes\` is not what was returned`, 'compaction_tool_changes_mismatch')
    default:
      return undefined
  }
}

const shape = (given: unknown): string | undefined => {
  if (!isObject(given)) return 'compaction: Input should be an object'
  const { type, instructions, ...others } = given
  if (type === undefined) return "compaction: Unable to extract tag using discriminator 'type'"
  if (type !== 'summarize')
    return `compaction: Input tag '${isText(type) ? type : JSON.stringify(type)}' found using 'type' does not match any of the expected tags: 'summarize'`
  if ((instructions ?? null) !== null && !isText(instructions))
    return 'compaction.summarize.instructions: Input should be a valid string'
  const [stranger] = Object.keys(others)
  return stranger === undefined ? undefined : extraInput(`compaction.summarize.${stranger}`)
}

export const compactionField = ({ body }: RequestToCheck): string | undefined => {
  if (!asksForCompaction(body)) return undefined
  const { context_management: management, stop_sequences: stops, output_config: output, tool_choice: choice } = body
  const misshapen = shape(body['compaction'])
  if (misshapen !== undefined) return misshapen
  if ((management ?? null) !== null) return 'compaction: cannot be combined with context_management'
  if (listOf(stops).length > 0) return 'compaction: cannot be combined with stop_sequences'
  if (isObject(output) && (output['format'] ?? null) !== null)
    return 'compaction: cannot be combined with output_config.format'
  return forcesTool(choice) ? 'compaction: cannot be combined with a tool_choice that forces tool use' : undefined
}

/** A conversation can't be compacted between a call and its result, or by a model that does not support it. */
export const compactionOfModel = ({ body, model, rules }: ModelRequest): string | ApiFailure | undefined => {
  if (!asksForCompaction(body)) return undefined
  if (!rules.compaction) return `compaction: not supported on ${model}`
  const last = turnsOf(body).at(-1)
  const open = last?.role === 'assistant' && last.blocks.find(({ block }) => block['type'] === 'tool_use')
  return open
    ? failure(
        `${open.place}: a conversation that ends in an unanswered \`tool_use\` cannot be compacted`,
        'compaction_incomplete_turn',
      )
    : undefined
}
