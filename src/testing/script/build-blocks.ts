import type { JsonObject } from '../api/json.ts'
import type {
  ScriptedCompaction,
  ScriptedRawBlock,
  ScriptedRedactedThinking,
  ScriptedServerToolResult,
  ScriptedServerToolUse,
  ScriptedText,
  ScriptedThinking,
  ScriptedToolUse,
} from './script-blocks.ts'

/** A text block; each part is one delta. With a single part: about a word per delta. */
export const text = (...parts: readonly string[]): ScriptedText => ({
  type: 'text',
  text: parts.join(''),
  ...(parts.length > 1 && { deltas: parts }),
})

/** A text block with its citations: each is one delta, after the text. */
export const cited = (said: string, ...citations: readonly JsonObject[]): ScriptedText => ({
  type: 'text',
  text: said,
  citations,
})

/** A thinking block, signed by the simulator; each part is one delta, as for {@link text}. */
export const thinking = (...parts: readonly string[]): ScriptedThinking => ({
  type: 'thinking',
  thinking: parts.join(''),
  ...(parts.length > 1 && { deltas: parts }),
})

/** Thinking that nobody can read. */
export const redactedThinking = (data = 'c2ltdWxhdGVkIHRoaW5raW5n'): ScriptedRedactedThinking => ({
  type: 'redacted_thinking',
  data,
})

/** A tool call. Without an id it gets one from the simulator's counter. */
export const toolUse = (name: string, input: JsonObject = {}, id?: string): ScriptedToolUse => ({
  type: 'tool_use',
  name,
  input,
  ...(id !== undefined && { id }),
})

/** A call of a tool that the API runs itself: `web_search`, `code_execution`. Without an id it gets one, too. */
export const serverToolUse = (name: string, input: JsonObject = {}, id?: string): ScriptedServerToolUse => ({
  type: 'server_tool_use',
  name,
  input,
  ...(id !== undefined && { id }),
})

/** The same call, made by the program that a `server_tool_use` of this id runs. */
export const calledBy = (
  call: ScriptedToolUse,
  serverToolUseId: string,
  type = 'code_execution_20260120',
): ScriptedToolUse => ({ ...call, caller: { type, tool_id: serverToolUseId } })

/** A page that was found. */
export interface WebPage {
  readonly url: string
  /** Default: the URL. */
  readonly title?: string
  /** `page_age`. Default: null. */
  readonly age?: string | null
}

const foundPage = ({ url, title = url, age = null }: WebPage): JsonObject => ({
  type: 'web_search_result',
  url,
  title,
  page_age: age,
  encrypted_content: Buffer.from(url).toString('base64'),
})

/**
 * What a web search found, or the `error_code` with which it failed. It answers the first server tool call before it
 * that has no result yet, unless `toolUseId` names another one.
 */
export const webSearchResult = (found: readonly WebPage[] | string, toolUseId?: string): ScriptedServerToolResult => ({
  type: 'server_tool_result',
  block: 'web_search_tool_result',
  content:
    typeof found === 'string' ? { type: 'web_search_tool_result_error', error_code: found } : found.map(foundPage),
  ...(toolUseId !== undefined && { toolUseId }),
})

/** What a program did. */
export interface ProgramRun {
  /** Default: empty. */
  readonly stdout?: string
  /** Default: empty. */
  readonly stderr?: string
  /** Default: 0. */
  readonly returnCode?: number
  /** Files that it left behind. Default: none. */
  readonly fileIds?: readonly string[]
}

const ranProgram = ({ stdout = '', stderr = '', returnCode = 0, fileIds = [] }: ProgramRun): JsonObject => ({
  type: 'code_execution_result',
  stdout,
  stderr,
  return_code: returnCode,
  content: fileIds.map((file_id) => ({ type: 'code_execution_output', file_id })),
})

/** What code execution gave back, or the `error_code` with which it failed; it finds its call as a search does. */
export const codeExecutionResult = (run: ProgramRun | string, toolUseId?: string): ScriptedServerToolResult => ({
  type: 'server_tool_result',
  block: 'code_execution_tool_result',
  content: typeof run === 'string' ? { type: 'code_execution_tool_result_error', error_code: run } : ranProgram(run),
  ...(toolUseId !== undefined && { toolUseId }),
})

/** A summary that the API made by itself at a threshold, in one `compaction_delta`; null for one that failed. */
export const compaction = (content: string | null): ScriptedCompaction => ({ type: 'compaction', content })

/** Where one model handed over to another. The simulator makes it by itself when a request's `fallbacks` fire. */
export const fallbackBlock = (from: string, to: string, category: string | null = null): ScriptedRawBlock => ({
  type: 'raw',
  block: { type: 'fallback', from: { model: from }, to: { model: to }, trigger: { type: 'refusal', category } },
})
