// The room reply/: a reply as it will be sent: blocks and their deltas, usage, the events of the stream.
import type { JsonObject } from '../api/json.ts'
import { stopReasons } from '../api/stop-reasons.ts'
import type { ScriptedUsage } from '../script/script.ts'

/** A block as a stream sends it: its start, then its deltas. */
export interface PlannedBlock {
  readonly start: JsonObject
  readonly deltas: readonly JsonObject[]
  /** Thinking that the simulator signs when it knows what the block is bound to. */
  readonly thought?: { readonly text: string; readonly omitted: boolean }
}

/** A reply that is complete to the last delta before it is sent. */
export interface PlannedReply {
  readonly model: string
  readonly blocks: readonly PlannedBlock[]
  /** Whether the last block is left without its `content_block_stop`. */
  readonly openBlock: boolean
  /** Whether the refusal came in the middle of a tool call. */
  readonly refusedInTool?: boolean
  /** The category of the refusal. */
  readonly category?: string | null
  /** The model that `message_start` names, if it is not the model that answers in the end. */
  readonly startModel?: string
  /** The blocks that the usage counts, if not all. */
  readonly counted?: readonly PlannedBlock[]
  readonly stopReason: string | null
  readonly stopSequence: string | null
  readonly stopDetails: JsonObject | null
  readonly usage: ScriptedUsage
  /** Whether `message_start` contains the whole reply, and only `message_stop` follows. */
  readonly wholeInStart?: boolean
  /** The index of each block in the stream, if it is not its position. */
  readonly indexes?: readonly number[]
  readonly container: JsonObject | null
  readonly startFields: JsonObject
  readonly deltaFields: JsonObject
}

/** A reply with these blocks and default values for everything else. */
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

/** The number of deltas in a stream of the reply. */
export const deltasSentOf = ({ blocks, wholeInStart }: PlannedReply): number =>
  wholeInStart === true ? 0 : countDeltas(blocks)

/** The first n deltas and their blocks; nothing for 0. */
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
