import type { Block } from '../content.ts'
import { sendableResult } from './sendable-blocks.ts'
import { sendableCallId } from './sendable-names.ts'
import { isClientCall } from './server-tools.ts'

/**
 * The results for the calls in `content`, in the order of the calls: the recorded ones, and an error result that says `why` for
 * each call without one. Results without a call are left out.
 *
 * @param content blocks as they are sent
 * @param recorded results as they were recorded
 */
export function resultsFor(content: readonly Block[], recorded: readonly Block[], why: string): readonly Block[] {
  const unused = recorded.filter((result) => result.type === 'tool_result')
  return content.filter(isClientCall).map((call) => {
    const callId = String(call['id'])
    const at = unused.findIndex((result) => sendableCallId(result['tool_use_id']) === callId)
    const [found] = at < 0 ? [] : unused.splice(at, 1)
    return ofToolset(call, found ? sendableResult(found) : unansweredResult(callId, why))
  })
}

const unansweredResult = (callId: string, why: string): Block => ({
  type: 'tool_result',
  tool_use_id: callId,
  is_error: true,
  content: `There is no result: ${why}. The tool may not have run, or not to its end.`,
})

/** A result of a toolset's member must name the toolset. */
const ofToolset = (call: Block, result: Block): Block =>
  typeof call['toolset_name'] !== 'string' || result['toolset_name'] === call['toolset_name']
    ? result
    : { ...result, toolset_name: call['toolset_name'] }
