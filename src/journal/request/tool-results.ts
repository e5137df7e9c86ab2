import { type Block, hasText, type Message, toolCallId } from '../content.ts'
import { mapBlocks } from './messages.ts'

/**
 * The results for the calls in `content`, in their order: those that were recorded, and for each call that never
 * got one an error result that says `why`. Results of calls that are not there are left away.
 */
export function resultsFor(content: readonly Block[], recorded: readonly Block[], why: string): readonly Block[] {
  const unused = recorded.filter((result) => result.type === 'tool_result')
  return content.flatMap((block) => {
    const callId = toolCallId(block)
    if (callId === undefined) return []
    const at = unused.findIndex((result) => result['tool_use_id'] === callId)
    const [found] = at < 0 ? [] : unused.splice(at, 1)
    return [ofToolset(block, found ? withoutBlankText(found) : unansweredResult(callId, why))]
  })
}

const unansweredResult = (callId: string, why: string): Block => ({
  type: 'tool_result',
  tool_use_id: callId,
  is_error: true,
  content: `There is no result: ${why}. The tool may not have run, or not to its end.`,
})

/** What a tool of a toolset gives back has to say whose it is. */
const ofToolset = (call: Block, result: Block): Block =>
  typeof call['toolset_name'] !== 'string' || result['toolset_name'] === call['toolset_name']
    ? result
    : { ...result, toolset_name: call['toolset_name'] }

/** A tool may have nothing to say; a text block may not. */
function withoutBlankText(result: Block): Block {
  const { content, ...rest } = result
  if (!Array.isArray(content)) return result
  const said = content.filter((block: Block) => block.type !== 'text' || hasText([block]))
  if (said.length === content.length) return result
  return said.length > 0 ? { ...result, content: said } : rest
}

/**
 * Gives a call whose id was used before on the path a new one, and its result with it. Results directly follow
 * their calls, in their order.
 */
export function uniqueToolIds(messages: readonly Message[]): Message[] {
  const used = new Set<string>()
  const unanswered = new Map<string, string[]>()
  return mapBlocks(messages, (block) => {
    const callId = toolCallId(block)
    if (callId !== undefined) {
      let unique = callId
      for (let n = 2; used.has(unique); n++) unique = `${callId}_${n}`
      used.add(unique)
      unanswered.set(callId, [...(unanswered.get(callId) ?? []), unique])
      return unique === callId ? block : { ...block, id: unique }
    }
    if (block.type !== 'tool_result' || typeof block['tool_use_id'] !== 'string') return block
    const id = unanswered.get(block['tool_use_id'])?.shift()
    return id === undefined || id === block['tool_use_id'] ? block : { ...block, tool_use_id: id }
  })
}
