// The room memory/: what the simulator recognizes when a request sends it back: turns, signatures, credit tokens.
import { stopReasons } from '../api/stop-reasons.ts'
import { canonical } from '../api/digest.ts'
import { isText, type JsonObject } from '../api/json.ts'
import { assembleBlock } from '../reply/deltas.ts'
import { type PlannedReply } from '../reply/planned-reply.ts'
import { turnsOf } from '../api/turns.ts'

/** The thinking of a reply with tool calls, which must come back unchanged with the results. */
export interface ServedTurn {
  readonly model: string
  readonly thinking: readonly JsonObject[]
}

/** The replies that were served: those with tool calls by the ids of their calls, and those that paused. */
export interface ServedTurns {
  readonly remember: (reply: PlannedReply) => void
  readonly find: (toolUseId: string) => ServedTurn | undefined
  /**
   * Whether two neighbouring thinking blocks were neighbours when they were served. Also true if nothing is known about
   * the second one, because it began its reply or another simulator served it.
   */
  readonly wereNeighbours: (before: JsonObject, block: JsonObject) => boolean
  /** Whether a request ends in a reply that paused, and so asks to continue it. */
  readonly isPaused: (body: JsonObject) => boolean
}

export const isThinking = (block: JsonObject): boolean =>
  block['type'] === 'thinking' || block['type'] === 'redacted_thinking'

/** What identifies a thinking block: its signature or its data. */
const identityOf = (block: JsonObject): string => String(block['signature'] ?? block['data'])

const wordingOf = (blocks: readonly JsonObject[]): readonly string[] =>
  blocks.filter((block) => !isThinking(block)).map((block) => canonical(block, ['cache_control']))

const endsWith = (whole: readonly string[], end: readonly string[]): boolean =>
  end.length > 0 && canonical(whole.slice(-end.length)) === canonical(end)

export const createServedTurns = (): ServedTurns => {
  const turns = new Map<string, ServedTurn>()
  const paused: (readonly string[])[] = []
  /** For each thinking block, what was right before it in a reply: the identity of thinking, or '' for any other block. */
  const before = new Map<string, Set<string>>()
  const rememberNeighbours = (blocks: readonly JsonObject[]): void => {
    for (const [index, block] of blocks.entries()) {
      const previous = blocks[index - 1]
      if (!previous || !isThinking(block)) continue
      const seen = before.get(identityOf(block)) ?? new Set()
      before.set(identityOf(block), seen.add(isThinking(previous) ? identityOf(previous) : ''))
    }
  }
  return {
    remember: (reply) => {
      // What comes before the last `fallback` block must not come back.
      const boundary = reply.blocks.findLastIndex(({ start }) => start['type'] === 'fallback')
      const blocks = reply.blocks.slice(boundary + 1)
      rememberNeighbours(blocks.map(assembleBlock))
      if (reply.stopReason === stopReasons.pauseTurn || reply.stopReason === stopReasons.compaction)
        paused.push(wordingOf(blocks.map(assembleBlock)))
      if (reply.stopReason !== stopReasons.toolUse) return
      const calls = blocks.filter(({ start }) => start['type'] === 'tool_use')
      const thinking = blocks.filter(({ start }) => isThinking(start)).map(assembleBlock)
      for (const { start } of calls) if (isText(start['id'])) turns.set(start['id'], { model: reply.model, thinking })
    },
    find: (toolUseId) => turns.get(toolUseId),
    wereNeighbours: (previous, block) => before.get(identityOf(block))?.has(identityOf(previous)) ?? true,
    isPaused: (body) => {
      const last = turnsOf(body).findLast(({ role }) => role !== 'system')
      if (last?.role !== 'assistant' || paused.length === 0) return false
      const wording = wordingOf(last.blocks.map(({ block }) => block))
      return paused.some((end) => endsWith(wording, end))
    },
  }
}
