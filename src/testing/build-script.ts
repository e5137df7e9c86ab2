import type { JsonObject } from './json.ts'
import type {
  HttpErrorStep,
  ReplyStep,
  ScriptedBlock,
  ScriptedHttpError,
  ScriptedRefusal,
  ScriptedText,
  ScriptedThinking,
  ScriptedToolUse,
} from './script.ts'

/** A text block; each part is one delta. With a single part: about a word per delta. */
export const text = (...parts: readonly string[]): ScriptedText => ({
  type: 'text',
  text: parts.join(''),
  ...(parts.length > 1 && { deltas: parts }),
})

/** A thinking block, signed by the simulator; each part is one delta, as for {@link text}. */
export const thinking = (...parts: readonly string[]): ScriptedThinking => ({
  type: 'thinking',
  thinking: parts.join(''),
  ...(parts.length > 1 && { deltas: parts }),
})

/** A tool call. Without an id it gets one from the simulator's counter. */
export const toolUse = (name: string, input: JsonObject = {}, id?: string): ScriptedToolUse => ({
  type: 'tool_use',
  name,
  input,
  ...(id !== undefined && { id }),
})

const blocksOf = (content: string | readonly ScriptedBlock[]): readonly ScriptedBlock[] =>
  typeof content === 'string' ? (content === '' ? [] : [text(content)]) : content

/** A reply of these blocks, or of one text. */
export const reply = (
  content: string | readonly ScriptedBlock[],
  rest: Omit<ReplyStep, 'content' | 'refusal'> = {},
): ReplyStep => ({ ...rest, content: blocksOf(content) })

/** A refusal: `before` output unless `at` says otherwise; `content` is what the model was about to say. */
export const refuse = (
  refusal: Partial<ScriptedRefusal> = {},
  content: string | readonly ScriptedBlock[] = [],
  rest: Omit<ReplyStep, 'content' | 'refusal' | 'stopReason' | 'stopSequence'> = {},
): ReplyStep => ({ ...rest, content: blocksOf(content), refusal: { at: 'before', ...refusal } })

/** An HTTP error of the API, with its own type and wording unless told otherwise. */
export const httpError = (status: number, rest: Omit<ScriptedHttpError, 'status'> = {}): HttpErrorStep => ({
  httpError: { ...rest, status },
})
