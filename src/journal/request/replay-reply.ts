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
  /** Whether the target accepts the thinking of this reply. */
  readonly withThinking: boolean
  /** Whether only text and thinking of it are sent. */
  readonly losesCalls: boolean
  /** The block before the reply in its message: a reply that the server paused and its continuation are one message. */
  readonly before: Block | undefined
  readonly left: LeftOut[]
}

/** A block that is not sent, and the consequences. */
interface Loss {
  /** Whether the thinking after it is bound to it. Thinking is not bound to white space. */
  readonly binds: boolean
  /** What is reported in `leftOut`. Default: nothing, where no content is lost. */
  readonly report?: Pick<LeftOut, 'what' | 'why'>
}

const loss = (what: LeftOut['what'], why: string): Loss => ({ binds: true, report: { what, why } })
const silentLoss: Loss = { binds: true }
const blank: Loss = { binds: false }

const replacedByFallback = 'the model that began it was replaced by a fallback'

/** The blocks of one reply that may be sent back, in order. May be empty. */
export function replayReply(reply: ReplyStep, replaying: Replaying): readonly Block[] {
  const { turn, left } = replaying
  const kept = sendableBlocks(reply, replaying)
  // A paused reply is sent back as the request's last message, which the API rejects with white space at its end.
  const last = kept.at(-1)
  if (isServerPause(reply.stopReason) && last?.type === 'text') kept.splice(-1, 1, trimmedEnd(last))
  // A message of thinking only is not sent.
  if (!kept.every(isThinking)) return kept
  if (turn.status !== 'open') {
    for (const _ of kept) left.push(trailingThinking(turn))
    if (reply.content.length > 0) left.push({ turnId: turn.id, what: 'reply', why: 'nothing of it can be sent' })
  }
  return []
}

/** The report for thinking at the end of a message, which the API rejects: the reply was cut, or lost the blocks after it. */
export const trailingThinking = ({ id }: Turn): LeftOut => ({
  turnId: id,
  what: 'thinking',
  why: 'nothing that came after it can be sent',
})

/**
 * The blocks to send. Thinking is bound to the blocks before it in its reply: if one of them is left out or changed, so is the
 * thinking after it. If only white space is left out, thinking is left out only where two thinking blocks would become neighbours.
 */
function sendableBlocks(reply: ReplyStep, replaying: Replaying): Block[] {
  const { turn, server, before, left } = replaying
  const lastFallback = reply.content.findLastIndex(({ type }) => type === 'fallback')
  const kept: Block[] = []
  let isAltered = false
  let hasGap = true
  for (const [index, block] of reply.content.entries()) {
    // Another model continued from here. It received the blocks before in the form in which they are sent.
    if (index === lastFallback) isAltered = false
    const isNeighbour = hasGap && isThinking(kept.at(-1) ?? before ?? noBlock)
    const lost: Loss | null = isThinking(block)
      ? lossOfThinking(block, replaying, { isMoved: isAltered || isNeighbour, isReplaced: index < lastFallback })
      : lossOf(block, reply, replaying, index < lastFallback)
    if (lost) {
      hasGap = true
      isAltered ||= lost.binds
      if (lost.report) left.push({ turnId: turn.id, ...lost.report })
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
  // Thinking that the target does not accept was reported already: `thinkingLeftOut`.
  if (!withThinking) return silentLoss
  if (!isSigned(block)) return loss('thinking', 'it was cut before it was signed')
  if (isReplaced) return loss('thinking', replacedByFallback)
  return isMoved || wellFormed(block) !== block
    ? loss('thinking', 'the blocks before it can not be sent back unchanged')
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
    return loss('server-tool', 'the use that it answers is missing')
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
 * Applies the echo rule to the replies before: a paused reply and its continuation are one message to the API, so a fallback in
 * the continuation counts for the beginning too.
 */
export function withoutReplaced({ turn, left }: Replaying, before: readonly Block[]): readonly Block[] {
  return before.filter((block) => {
    if (!isOwnedByTheRefusingModel(block)) return true
    left.push({ turnId: turn.id, what: isThinking(block) ? 'thinking' : 'tool-call', why: replacedByFallback })
    return false
  })
}

/** Whether the echo rule of server-side fallbacks drops this block before the last `fallback` block. */
const isOwnedByTheRefusingModel = (block: Block): boolean =>
  isThinking(block) || block.type === 'connector_text' || isClientCall(block)
