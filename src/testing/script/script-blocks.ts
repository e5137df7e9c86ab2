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

/** A text block in a scripted reply; `deltas` are its pieces. */
export interface ScriptedText {
  readonly type: 'text'
  readonly text: string
  /** The deltas, which together are `text`, or the number of characters per delta. Default: about a word each. */
  readonly deltas?: readonly string[] | number
  /** One `citations_delta` each, after the text. */
  readonly citations?: readonly JsonObject[]
}

/** A thinking block in a scripted reply. */
export interface ScriptedThinking {
  readonly type: 'thinking'
  readonly thinking: string
  /**
   * Default: signed by the simulator, and bound to the conversation before it where the model preserves thinking; any
   * other one is valid anywhere. `''` leaves the block unsigned: no `signature_delta` is sent.
   */
  readonly signature?: string
  /** As `thinking.display: "omitted"`: the text stays empty and only the signature is sent. Default: false. */
  readonly omitted?: boolean
  /** As for text. */
  readonly deltas?: readonly string[] | number
}

/** A block of redacted thinking in a scripted reply. */
export interface ScriptedRedactedThinking {
  readonly type: 'redacted_thinking'
  readonly data: string
}

interface ScriptedCall {
  readonly name: string
  /** Default: `{}`. */
  readonly input?: JsonObject
  /** The input as raw text, broken JSON too; instead of `input`. */
  readonly json?: string
  /** Who calls: `{ type: 'direct' }`, or the program of a `server_tool_use`. Default: the field is left out. */
  readonly caller?: JsonObject
  /** Characters per `input_json_delta` after the first, empty one. Default: 12. */
  readonly fragment?: number
}

/** A tool call in a scripted reply. */
export interface ScriptedToolUse extends ScriptedCall {
  readonly type: 'tool_use'
  /** Default: `toolu_01Simulated…` from a counter. */
  readonly id?: string
}

/** A call of a tool that the API runs itself. */
export interface ScriptedServerToolUse extends ScriptedCall {
  readonly type: 'server_tool_use'
  /** Default: `srvtoolu_01Simulated…` from a counter. */
  readonly id?: string
}

/** What a tool that the API runs gave back. */
export interface ScriptedServerToolResult {
  readonly type: 'server_tool_result'
  /** The wire's `type`. */
  readonly block: 'web_search_tool_result' | 'code_execution_tool_result'
  readonly content: unknown
  /** Default: the first server tool call before it that has no result yet, in the reply or in the request. */
  readonly toolUseId?: string
}

/** A summary of what came before. */
export interface ScriptedCompaction {
  readonly type: 'compaction'
  /** Null: the compaction failed. */
  readonly content: string | null
  /** `encrypted_content`. Default: made by the simulator. */
  readonly encryptedContent?: string | null
  /**
   * Complete in its start and signed, as compaction on demand makes it; one that failed has nothing to sign. Default:
   * false, unsigned in one `compaction_delta`, as the API makes it by itself at a threshold.
   */
  readonly signed?: boolean
}

/** Any other block: further server tools, their results, unknown types, unknown deltas. */
export interface ScriptedRawBlock {
  readonly type: 'raw'
  /** `content_block` of `content_block_start`; needs a `type`. */
  readonly block: JsonObject
  /** `delta` of each `content_block_delta`; each needs a `type`. Default: none. */
  readonly deltas?: readonly JsonObject[]
}
