import { type Block, hasText, isServerToolResult, textOf } from '../content.ts'
import type { ReplyStep, Turn } from '../view.ts'
import type { LeftOut } from './build-request.ts'
import { assistantBlocks, isResolved, isServerToolUse, mayStayUnresolved } from './server-tools.ts'
import { isSigned, isThinking } from './thinking.ts'

const noBlock: Block = { type: '' }

const replacedByFallback = 'the model that began it was replaced by a fallback'

/** The blocks of one reply that may be sent back, in their order. May be none. */
export function replayReply(turn: Turn, reply: ReplyStep, withThinking: boolean, left: LeftOut[]): readonly Block[] {
  const lastFallback = reply.content.findLastIndex((block) => block.type === 'fallback')
  const drop = (what: LeftOut['what'], why: string) => void left.push({ turnId: turn.id, what, why })

  const kept = reply.content.filter((block, index) => {
    if (isThinking(block)) {
      if (!withThinking) return false
      if (!isSigned(block)) return (drop('thinking', 'it was cut before it was signed'), false)
    }
    if (index < lastFallback && ownedByTheRefusingModel(block))
      return (drop(isThinking(block) ? 'thinking' : 'tool-call', replacedByFallback), false)
    if (isServerToolUse(block) && !mayStayUnresolved(turn, reply) && !isResolved(turn, block))
      return (drop('server-tool', 'the turn ended before its result came'), false)
    if (isServerToolResult(block) && !isAsked(turn, block))
      return (drop('server-tool', 'the use that it answers is not there'), false)
    if (block.type === 'text') {
      if (!hasText([block])) return false
      if (reply.structured && reply.stopReason !== 'end_turn' && reply.stopReason !== 'tool_use')
        return (drop('text', 'it is structured output that was cut'), false)
    }
    return true
  })

  // A message must not end in thinking; where a reply was cut, or lost what came after it, it may.
  while (turn.status !== 'open' && isThinking(kept.at(-1) ?? noBlock)) {
    kept.pop()
    drop('thinking', 'nothing that came after it can be sent')
  }
  // A paused reply is sent back as the request's last message, which the API does not take with white space at its end.
  const last = kept.at(-1)
  if (reply.stopReason === 'pause_turn' && last?.type === 'text')
    kept.splice(-1, 1, { ...last, text: textOf(last).trimEnd() })
  // Thinking alone says nothing to build on.
  if (kept.every(isThinking)) {
    if (turn.status !== 'open' && reply.content.length > 0) drop('reply', 'nothing of it can be sent')
    return []
  }
  return kept
}

/**
 * The same for the replies before: what a server paused and went on with is one message to the API, so a fallback in
 * the continuation counts for the beginning too.
 */
export function withoutReplaced(turn: Turn, before: readonly Block[], left: LeftOut[]): readonly Block[] {
  return before.filter((block) => {
    if (!ownedByTheRefusingModel(block)) return true
    left.push({ turnId: turn.id, what: isThinking(block) ? 'thinking' : 'tool-call', why: replacedByFallback })
    return false
  })
}

/** Echo rule of server-side fallbacks: before the last `fallback` block these are dropped. */
const ownedByTheRefusingModel = (block: Block): boolean =>
  isThinking(block) || block.type === 'connector_text' || block.type === 'tool_use'

const isAsked = (turn: Turn, result: Block): boolean =>
  assistantBlocks(turn).some((block) => isServerToolUse(block) && block['id'] === result['tool_use_id'])
