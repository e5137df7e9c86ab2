import type { StepsKind } from '../rejections/parts.ts'

/** What the API did not take: a turn, a summary (what it stood for is sent instead), what is not text in its input or its replies, results of tools, or all its steps. */
type SetAside = 'turn' | 'compaction' | 'media' | StepsKind

/** Something on the path that could not be sent, or not as what it is, and why. A system message is sent as the user's words. */
export interface LeftOut {
  readonly turnId: string
  readonly what: 'thinking' | 'system' | 'text' | 'tool-call' | 'server-tool' | 'reply' | 'cache-breakpoint' | SetAside
  readonly why: string
}
