import { type Block, isServerToolResult, toolCallId } from '../content.ts'
import type { ReplyStep, Turn } from '../view.ts'

export const isServerToolUse = (block: Block): boolean =>
  block.type === 'server_tool_use' || block.type === 'mcp_tool_use'

/** The API itself finishes these with its next reply, if it gets them back as they are. */
export const mayStayUnresolved = (turn: Turn, reply: ReplyStep): boolean =>
  turn.status === 'open' &&
  (reply.stopReason === 'pause_turn' || reply.stopReason === 'tool_use') &&
  !wentOnAfterCalls(turn, reply)

/** A reply came after the results of client tools: the API had its chance, and takes nothing unresolved before them. */
function wentOnAfterCalls(turn: Turn, reply: ReplyStep): boolean {
  const replies = turn.steps.slice(turn.steps.indexOf(reply)).filter(({ role }) => role === 'assistant')
  const called = replies.findIndex(({ content }) => content.some((block) => toolCallId(block) !== undefined))
  return called >= 0 && called < replies.length - 1
}

export const assistantBlocks = (turn: Turn): readonly Block[] =>
  turn.steps.flatMap((step) => (step.role === 'assistant' ? step.content : []))

export const isResolved = (turn: Turn, use: Block): boolean =>
  assistantBlocks(turn).some((block) => isServerToolResult(block) && block['tool_use_id'] === use['id'])

/** The reply is sent back without a use of a server tool, which nothing answered. What was thought later was bound to it. */
export const losesServerTool = (turn: Turn, reply: ReplyStep): boolean =>
  !mayStayUnresolved(turn, reply) && reply.content.some((block) => isServerToolUse(block) && !isResolved(turn, block))
