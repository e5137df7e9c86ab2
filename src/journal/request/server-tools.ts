// Decides which uses of server tools and MCP tools a request carries. A use is sent back with its result. One without a result is
// sent only while its turn is open and the API can still finish it: in programmatic tool calling, client tool calls and their
// results name the use as their caller.
import { type Block, isServerToolResult } from '../content.ts'
import type { ReplyStep, Turn } from '../view.ts'
import { isSendableName } from './sendable-names.ts'
import { asksForTools, isServerPause } from '../stop-reasons.ts'

export const isServerToolUse = (block: Block): boolean =>
  block.type === 'server_tool_use' || block.type === 'mcp_tool_use'

/** The uses of server tools in a turn. Blocks are identified by reference. */
export interface ServerTools {
  /** Uses that have a result, and their results. */
  readonly paired: ReadonlySet<Block>
  /** Uses without a result that are sent back for the API to finish. */
  readonly unfinished: ReadonlySet<Block>
  /** Blocks that name a caller which is not sent. */
  readonly orphans: ReadonlySet<Block>
}

/** The id of the use whose program made this call; `undefined` if no program did. */
export function callerId({ caller }: Block): string | undefined {
  const isCaller = typeof caller === 'object' && caller !== null && 'tool_id' in caller
  return isCaller && typeof caller.tool_id === 'string' ? caller.tool_id : undefined
}

/** The block with this use as its caller. */
export const withCaller = (block: Block, id: string): Block =>
  typeof block['caller'] === 'object' ? { ...block, caller: { ...block['caller'], tool_id: id } } : block

const isUse = (block: Block): boolean =>
  block.type === 'mcp_tool_use' || (block.type === 'server_tool_use' && isSendableName(block['name']))

export const isClientCall = ({ type }: Block): boolean => type === 'tool_use'

const noBlocks: ReadonlySet<Block> = new Set()
const none: ServerTools = { paired: noBlocks, unfinished: noBlocks, orphans: noBlocks }

const matters = (block: Block): boolean =>
  isServerToolUse(block) || isServerToolResult(block) || block['caller'] !== undefined

/** Finds the server tools in the replies of a turn that are sent. */
export function readServerTools(turn: Turn, replies: readonly ReplyStep[]): ServerTools {
  if (!replies.some(({ content }) => content.some(matters))) return none
  const paired = new Set<Block>()
  const unanswered = new Map<string, Block>()
  for (const { content } of replies)
    for (const block of content) {
      const id = String(isServerToolResult(block) ? block['tool_use_id'] : block['id'])
      const use = unanswered.get(id)
      if (isUse(block)) unanswered.set(id, block)
      else if (isServerToolResult(block) && use) {
        paired.add(use).add(block)
        unanswered.delete(id)
      }
    }
  const unfinished = turn.status === 'open' ? unfinishedIn(replies, new Set(unanswered.values())) : noBlocks
  return { paired, unfinished, orphans: orphansIn(replies, (use) => paired.has(use) || unfinished.has(use)) }
}

/** The uses without a result that the API finishes with its next reply, if they are sent back unchanged. */
function unfinishedIn(replies: readonly ReplyStep[], unanswered: ReadonlySet<Block>): ReadonlySet<Block> {
  const callers = new Set(replies.flatMap(({ content }) => content.flatMap((block) => callerId(block) ?? [])))
  // After a reply to the results of client tools, the API accepts no unresolved use before these results.
  const lastCalled = replies.slice(0, -1).findLastIndex(({ content }) => content.some(isClientCall))
  const stays = ({ stopReason }: ReplyStep, index: number): boolean =>
    index > lastCalled && (isServerPause(stopReason) || asksForTools(stopReason))
  return new Set(
    replies.flatMap((reply, index) =>
      reply.content.filter(
        (block) => unanswered.has(block) && (stays(reply, index) || callers.has(String(block['id']))),
      ),
    ),
  )
}

function orphansIn(replies: readonly ReplyStep[], isSent: (use: Block) => boolean): ReadonlySet<Block> {
  const orphans = new Set<Block>()
  const sent = new Set<string>()
  for (const { content } of replies)
    for (const block of content) {
      const caller = callerId(block)
      if (caller !== undefined && !sent.has(caller)) orphans.add(block)
      if (isServerToolUse(block) && isSent(block)) sent.add(String(block['id']))
    }
  return orphans
}

/** Whether the reply is sent back without a use of a server tool that has no result. Later thinking was bound to it. */
export const losesServerTool = ({ content }: ReplyStep, { paired, unfinished }: ServerTools): boolean =>
  content.some((block) => isServerToolUse(block) && !paired.has(block) && !unfinished.has(block))
