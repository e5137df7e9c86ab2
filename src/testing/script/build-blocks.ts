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

/** A text block. Several parts are one delta each; a single part is sent in deltas of about a word. */
export const text = (...parts: readonly string[]): ScriptedText => ({
  type: 'text',
  text: parts.join(''),
  ...(parts.length > 1 && { deltas: parts }),
})

/** A text block with citations, which are sent after the text, one delta each. */
export const cited = (said: string, ...citations: readonly JsonObject[]): ScriptedText => ({
  type: 'text',
  text: said,
  citations,
})

/** A thinking block that the simulator signs. Its parts become deltas as for {@link text}. */
export const thinking = (...parts: readonly string[]): ScriptedThinking => ({
  type: 'thinking',
  thinking: parts.join(''),
  ...(parts.length > 1 && { deltas: parts }),
})

/** A redacted thinking block. */
export const redactedThinking = (data = 'c2ltdWxhdGVkIHRoaW5raW5n'): ScriptedRedactedThinking => ({
  type: 'redacted_thinking',
  data,
})

/** A tool call. `id` defaults to `toolu_01Simulated…` with a counter. */
export const toolUse = (name: string, input: JsonObject = {}, id?: string): ScriptedToolUse => ({
  type: 'tool_use',
  name,
  input,
  ...(id !== undefined && { id }),
})

/** A call of a tool that the API runs, such as `web_search`. `id` defaults to `srvtoolu_01Simulated…` with a counter. */
export const serverToolUse = (name: string, input: JsonObject = {}, id?: string): ScriptedServerToolUse => ({
  type: 'server_tool_use',
  name,
  input,
  ...(id !== undefined && { id }),
})

/** A tool call made by the program that the `server_tool_use` with this id runs. */
export const calledBy = (
  call: ScriptedToolUse,
  serverToolUseId: string,
  type = 'code_execution_20260120',
): ScriptedToolUse => ({ ...call, caller: { type, tool_id: serverToolUseId } })

/** A page that a web search found. */
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
 * The pages that a web search found, or the `error_code` with which it failed. It answers the first earlier server tool
 * call without a result, unless `toolUseId` names another call.
 */
export const webSearchResult = (found: readonly WebPage[] | string, toolUseId?: string): ScriptedServerToolResult => ({
  type: 'server_tool_result',
  block: 'web_search_tool_result',
  content:
    typeof found === 'string' ? { type: 'web_search_tool_result_error', error_code: found } : found.map(foundPage),
  ...(toolUseId !== undefined && { toolUseId }),
})

/** What a program printed and left behind. */
export interface ProgramRun {
  /** Default: empty. */
  readonly stdout?: string
  /** Default: empty. */
  readonly stderr?: string
  /** Default: 0. */
  readonly returnCode?: number
  /** Ids of the files that it wrote. Default: none. */
  readonly fileIds?: readonly string[]
}

const ranProgram = ({ stdout = '', stderr = '', returnCode = 0, fileIds = [] }: ProgramRun): JsonObject => ({
  type: 'code_execution_result',
  stdout,
  stderr,
  return_code: returnCode,
  content: fileIds.map((file_id) => ({ type: 'code_execution_output', file_id })),
})

/** The result of code execution, or the `error_code` with which it failed. It finds its call like {@link webSearchResult}. */
export const codeExecutionResult = (run: ProgramRun | string, toolUseId?: string): ScriptedServerToolResult => ({
  type: 'server_tool_result',
  block: 'code_execution_tool_result',
  content: typeof run === 'string' ? { type: 'code_execution_tool_result_error', error_code: run } : ranProgram(run),
  ...(toolUseId !== undefined && { toolUseId }),
})

/** A compaction that the API made when it reached a threshold, in one `compaction_delta`; null for a failed one. */
export const compaction = (content: string | null): ScriptedCompaction => ({ type: 'compaction', content })

/** The block where one model hands over to another. The simulator adds it itself when the `fallbacks` of a request apply. */
export const fallbackBlock = (from: string, to: string, category: string | null = null): ScriptedRawBlock => ({
  type: 'raw',
  block: { type: 'fallback', from: { model: from }, to: { model: to }, trigger: { type: 'refusal', category } },
})
