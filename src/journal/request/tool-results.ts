import { type Block, type Message, toolCallId } from '../content.ts'
import type { Turn } from '../view.ts'
import { mapBlocks } from './messages.ts'

/**
 * The results for the calls in `content`, in their order: those that were recorded, and for each call that never
 * got one an error result that says so. Results of calls that are not there are left away.
 */
export function resultsFor(content: readonly Block[], recorded: readonly Block[], turn: Turn): readonly Block[] {
  const results: Block[] = []
  for (const block of content) {
    const callId = toolCallId(block)
    if (callId === undefined) continue
    const found = recorded.find((result) => result.type === 'tool_result' && result['tool_use_id'] === callId)
    results.push(found ?? unansweredResult(callId, turn))
  }
  return results
}

const unansweredResult = (callId: string, turn: Turn): Block => ({
  type: 'tool_result',
  tool_use_id: callId,
  is_error: true,
  content: `The tool was not run: the turn ${turn.status === 'open' ? 'went on without it' : `was ${turn.status}`}.`,
})

/**
 * Gives a call whose id was used before on the path a new one, and its result with it. Results directly follow
 * their call, so a renamed id holds until the same id comes again.
 */
export function uniqueToolIds(messages: readonly Message[]): Message[] {
  const used = new Set<string>()
  const renamed = new Map<string, string>()
  return mapBlocks(messages, (block) => {
    const callId = toolCallId(block)
    if (callId !== undefined) {
      let unique = callId
      for (let n = 2; used.has(unique); n++) unique = `${callId}_${n}`
      used.add(unique)
      renamed.set(callId, unique)
      return unique === callId ? block : { ...block, id: unique }
    }
    if (block.type !== 'tool_result' || typeof block['tool_use_id'] !== 'string') return block
    const id = renamed.get(block['tool_use_id'])
    return id === undefined || id === block['tool_use_id'] ? block : { ...block, tool_use_id: id }
  })
}
