import { type Block, hasText, isLost, isServerToolResult, isThinking } from '../content.ts'
import type { ReplyStep, Turn } from '../view.ts'
import { wellFormed } from '../well-formed.ts'
import type { LeftOut } from './left-out.ts'
import { sendableAssistantBlock, trimmedEnd } from './sendable-blocks.ts'
import { isClientCall, isServerToolUse, type ServerTools } from './server-tools.ts'
import { isSigned } from './thinking.ts'
import { asksForTools, isServerPause, isWhole } from '../stop-reasons.ts'

export interface Replaying {
  readonly turn: Turn
  readonly server: ServerTools
  /** The target accepts the thinking of this reply. */
  readonly withThinking: boolean
  /** Only words and thinking of it are sent. */
  readonly losesCalls: boolean
  /** The block before it in its message: what a server paused and went on with is one message. */
  readonly before: Block | undefined
  readonly left: LeftOut[]
}

/** Why a block is not sent. */
interface Loss {
  /** Whether thinking after it was bound to it. White space is not counted. */
  readonly binds: boolean
  /** What is reported; nothing where there is nothing to miss. */
  readonly told?: Pick<LeftOut, 'what' | 'why'>
}

const loss = (what: LeftOut['what'], why: string): Loss => ({ binds: true, told: { what, why } })
const silentLoss: Loss = { binds: true }
const blank: Loss = { binds: false }

const replacedByFallback = 'the model that began it was replaced by a fallback'

/** The blocks of one reply that may be sent back, in their order. May be none. */
export function replayReply(reply: ReplyStep, replaying: Replaying): readonly Block[] {
  const { turn, left } = replaying
  const kept = sendableBlocks(reply, replaying)
  // A paused reply is sent back as the request's last message, which the API does not take with white space at its end.
  const last = kept.at(-1)
  if (isServerPause(reply.stopReason) && last?.type === 'text') kept.splice(-1, 1, trimmedEnd(last))
  // Thinking alone says nothing to build on.
  if (!kept.every(isThinking)) return kept
  if (turn.status !== 'open') {
    for (const _ of kept) left.push(trailingThinking(turn))
    if (reply.content.length > 0) left.push({ turnId: turn.id, what: 'reply', why: 'nothing of it can be sent' })
  }
  return []
}

/** A message must not end in thinking; where a reply was cut, or lost what came after it, it may. */
export const trailingThinking = ({ id }: Turn): LeftOut => ({
  turnId: id,
  what: 'thinking',
  why: 'nothing that came after it can be sent',
})

/**
 * Thinking is bound to what stood before it in its reply. Where that is not sent, or not as it was, the thinking after it
 * leaves too; where just white space is not, the thinking that would become the neighbour of other thinking does.
 */
function sendableBlocks(reply: ReplyStep, replaying: Replaying): Block[] {
  const { turn, server, before, left } = replaying
  const lastFallback = reply.content.findLastIndex(({ type }) => type === 'fallback')
  const kept: Block[] = []
  let isAltered = false
  let hasGap = true
  for (const [index, block] of reply.content.entries()) {
    // From here on another model spoke, which was given what is sent of the blocks before.
    if (index === lastFallback) isAltered = false
    const isNeighbour = hasGap && isThinking(kept.at(-1) ?? before ?? noBlock)
    const lost: Loss | null = isThinking(block)
      ? lossOfThinking(block, replaying, { isMoved: isAltered || isNeighbour, isReplaced: index < lastFallback })
      : lossOf(block, reply, replaying, index < lastFallback)
    if (lost) {
      hasGap = true
      isAltered ||= lost.binds
      if (lost.told) left.push({ turnId: turn.id, ...lost.told })
      continue
    }
    const sound = sendableAssistantBlock(block)
    const sent = server.orphans.has(block) ? withoutCaller(sound) : sound
    isAltered ||= sent !== block && !isThinking(block)
    hasGap = false
    kept.push(sent)
  }
  return kept
}

const noBlock: Block = { type: '' }

function lossOfThinking(
  block: Block,
  { withThinking }: Replaying,
  { isMoved, isReplaced }: { readonly isMoved: boolean; readonly isReplaced: boolean },
): Loss | null {
  // Of thinking that the target does not accept, the request has been told.
  if (!withThinking) return silentLoss
  if (!isSigned(block)) return loss('thinking', 'it was cut before it was signed')
  if (isReplaced) return loss('thinking', replacedByFallback)
  return isMoved || wellFormed(block) !== block
    ? loss('thinking', 'what it stood next to can not be sent back as it was')
    : null
}

function lossOf(block: Block, reply: ReplyStep, replaying: Replaying, isReplaced: boolean): Loss | null {
  const { server, losesCalls } = replaying
  if (isLost(block)) return silentLoss
  if (losesCalls && block.type !== 'text') return silentLoss
  if (isReplaced && isOwnedByTheRefusingModel(block)) return loss('tool-call', replacedByFallback)
  if (isServerToolUse(block) && !server.paired.has(block) && (isReplaced || !server.unfinished.has(block)))
    return loss('server-tool', 'the turn ended before its result came')
  if (isServerToolResult(block) && !server.paired.has(block))
    return loss('server-tool', 'the use that it answers is not there')
  if (block.type === 'compaction') return block['content'] === '' ? blank : null
  if (block.type !== 'text') return null
  if (!hasText([block])) return blank
  return reply.structured && !isWhole(reply.stopReason) && !asksForTools(reply.stopReason)
    ? loss('text', 'it is structured output that was cut')
    : null
}

const withoutCaller = (block: Block): Block => {
  const { caller: _, ...rest } = block
  return rest
}

/**
 * The same for the replies before: what a server paused and went on with is one message to the API, so a fallback in
 * the continuation counts for the beginning too.
 */
export function withoutReplaced({ turn, left }: Replaying, before: readonly Block[]): readonly Block[] {
  return before.filter((block) => {
    if (!isOwnedByTheRefusingModel(block)) return true
    left.push({ turnId: turn.id, what: isThinking(block) ? 'thinking' : 'tool-call', why: replacedByFallback })
    return false
  })
}

/** Echo rule of server-side fallbacks: before the last `fallback` block these are dropped. */
const isOwnedByTheRefusingModel = (block: Block): boolean =>
  isThinking(block) || block.type === 'connector_text' || isClientCall(block)
