import type { JsonObject } from '../api/json.ts'

/** A content block of a scripted reply. */
export type ScriptedBlock =
  | ScriptedText
  | ScriptedThinking
  | ScriptedRedactedThinking
  | ScriptedToolUse
  | ScriptedServerToolUse
  | ScriptedServerToolResult
  | ScriptedCompaction
  | ScriptedRawBlock

/** A text block in a scripted reply. */
export interface ScriptedText {
  readonly type: 'text'
  readonly text: string
  /** The deltas, which joined must be `text`, or the number of characters per delta. Default: about a word per delta. */
  readonly deltas?: readonly string[] | number
  /** Sent after the text, each in one `citations_delta`. Default: none. */
  readonly citations?: readonly JsonObject[]
}

/** A thinking block in a scripted reply. */
export interface ScriptedThinking {
  readonly type: 'thinking'
  readonly thinking: string
  /**
   * Default: the simulator signs the block and, for a model that preserves thinking, binds it to the conversation
   * before it. A signature given here is valid in any conversation. `''` sends no `signature_delta`.
   */
  readonly signature?: string
  /** As with `thinking.display: "omitted"`, sends an empty text and the signature. Default: false. */
  readonly omitted?: boolean
  /** The deltas, which joined must be `thinking`, or the number of characters per delta. Default: about a word per delta. */
  readonly deltas?: readonly string[] | number
}

/** A redacted thinking block in a scripted reply. */
export interface ScriptedRedactedThinking {
  readonly type: 'redacted_thinking'
  readonly data: string
}

interface ScriptedCall {
  readonly name: string
  /** Default: `{}`. */
  readonly input?: JsonObject
  /** The input as raw text, in place of `input`; may be broken JSON. */
  readonly json?: string
  /** The caller: `{ type: 'direct' }`, or the program of a `server_tool_use`. Default: the field is left out. */
  readonly caller?: JsonObject
  /** Characters per `input_json_delta`, after a first empty one. Default: 12. */
  readonly fragment?: number
}

/** A tool call in a scripted reply. */
export interface ScriptedToolUse extends ScriptedCall {
  readonly type: 'tool_use'
  /** Default: `toolu_01Simulated…` from a counter. */
  readonly id?: string
}

/** A call of a tool that the API runs. */
export interface ScriptedServerToolUse extends ScriptedCall {
  readonly type: 'server_tool_use'
  /** Default: `srvtoolu_01Simulated…` from a counter. */
  readonly id?: string
}

/** The result of a tool that the API runs. */
export interface ScriptedServerToolResult {
  readonly type: 'server_tool_result'
  /** The `type` that is sent. */
  readonly block: 'web_search_tool_result' | 'code_execution_tool_result'
  readonly content: unknown
  /** Default: the first earlier server tool call without a result, in the reply or in the request. */
  readonly toolUseId?: string
}

/** A compaction: a summary of the conversation so far. */
export interface ScriptedCompaction {
  readonly type: 'compaction'
  /** The summary; null if the compaction failed. */
  readonly content: string | null
  /** `encrypted_content`. Default: made by the simulator. */
  readonly encryptedContent?: string | null
  /**
   * True: signed and complete in `content_block_start`, as compaction on demand sends it; a failed one has no signature.
   * Default: false, unsigned and in one `compaction_delta`, as the API sends it when it reaches a threshold.
   */
  readonly signed?: boolean
}

/** Any other block, sent unchanged: further server tools and their results, unknown types, unknown deltas. */
export interface ScriptedRawBlock {
  readonly type: 'raw'
  /** `content_block` of `content_block_start`; needs a `type`. */
  readonly block: JsonObject
  /** `delta` of each `content_block_delta`; each needs a `type`. Default: none. */
  readonly deltas?: readonly JsonObject[]
}
