import type { StepsKind } from '../rejections/parts.ts'

/**
 * A kind of content that the API rejected: a whole turn, a summary (what it replaced is sent instead), media of the input, tool
 * calls, tool results, or all steps of a turn.
 */
type SetAside = 'turn' | 'compaction' | 'media' | StepsKind

/** Something on the path that is left out, and why; or a system message that is sent as the user's words. */
export interface LeftOut {
  readonly turnId: string
  readonly what: 'thinking' | 'system' | 'text' | 'tool-call' | 'server-tool' | 'reply' | 'cache-breakpoint' | SetAside
  readonly why: string
}
