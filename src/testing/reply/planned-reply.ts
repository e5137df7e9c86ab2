// The room reply/: a reply as it will be sent: blocks and their deltas, usage, the events of the stream.
import type { JsonObject } from '../api/json.ts'
import { stopReasons } from '../api/stop-reasons.ts'
import type { ScriptedUsage } from '../script/script.ts'

/** A block as the stream brings it: the shell, then the deltas. */
export interface PlannedBlock {
  readonly start: JsonObject
  readonly deltas: readonly JsonObject[]
  /** Thinking that the simulator signs, once it is known what it is bound to. */
  readonly thought?: { readonly text: string; readonly omitted: boolean }
}

/** A reply that is decided to the last delta, before anything of it is sent. */
export interface PlannedReply {
  readonly model: string
  readonly blocks: readonly PlannedBlock[]
  /** Whether the last block is left without its `content_block_stop`. */
  readonly openBlock: boolean
  /** Whether a refusal fell while a tool call was being written. */
  readonly refusedInTool?: boolean
  /** Why it was refused. */
  readonly category?: string | null
  /** The model that `message_start` names, when another one answers in the end. */
  readonly startModel?: string
  /** The blocks that the usage counts, when they are not all. */
  readonly counted?: readonly PlannedBlock[]
  readonly stopReason: string | null
  readonly stopSequence: string | null
  readonly stopDetails: JsonObject | null
  readonly usage: ScriptedUsage
  /** Whether `message_start` carries all of it, and nothing but `message_stop` follows. */
  readonly wholeInStart?: boolean
  /** The wire's index of each block, where it is not its position. */
  readonly indexes?: readonly number[]
  readonly container: JsonObject | null
  readonly startFields: JsonObject
  readonly deltaFields: JsonObject
}

/** What a reply is when nothing special is said about it. */
export const plainReply = (model: string, blocks: readonly PlannedBlock[]): PlannedReply => ({
  model,
  blocks,
  openBlock: false,
  stopReason: stopReasons.endTurn,
  stopSequence: null,
  stopDetails: null,
  usage: {},
  container: null,
  startFields: {},
  deltaFields: {},
})

export const countDeltas = (blocks: readonly PlannedBlock[]): number =>
  blocks.reduce((sum, block) => sum + block.deltas.length, 0)

/** The deltas that a stream of the reply has. */
export const deltasSentOf = ({ blocks, wholeInStart }: PlannedReply): number =>
  wholeInStart === true ? 0 : countDeltas(blocks)

/** The first n deltas and the blocks they belong to; nothing for 0. */
export const cutAfter = (blocks: readonly PlannedBlock[], deltas: number): readonly PlannedBlock[] => {
  const kept: PlannedBlock[] = []
  let left = deltas
  for (const block of blocks) {
    if (left === 0) break
    kept.push({ ...block, deltas: block.deltas.slice(0, left) })
    left -= Math.min(left, block.deltas.length)
  }
  return kept
}
