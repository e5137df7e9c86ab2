// The hostile server. program/: a conversation and the rule that rejects it; draw/: random ones; serve/: the API that rejects;
// play/: plays a program with a conversation; problems/: what the conversation did wrong.
import type { HostileField } from './fields.ts'
import type { HostileRule } from './rules.ts'

/** One tool call: of `note`, of `note` with an image as its result, or of a tool that does not exist. */
export type HostileCall = 'note' | 'picture' | 'imagined'

/** A message and the model's reaction. `{}` is a short text with a plain answer. */
export interface HostileMessage {
  /** What the message contains beside its text. Default: nothing. */
  readonly brings?: 'image' | 'document' | 'file'
  /** Additional characters of text. Default: 0. */
  readonly length?: number
  /** The tool calls before the answer, each in a reply of its own. Default: none. */
  readonly calls?: readonly HostileCall[]
  /** Whether each reply begins with signed thinking. Default: false. */
  readonly thinks?: boolean
  /** Whether the answer first runs a program in a container. Default: false. */
  readonly runsCode?: boolean
  /** Whether the first model refuses, before or in the middle of its text; other models answer. Default: it does not. */
  readonly refuses?: 'at once' | 'in mid-text'
  /** The model that the app switches to before it sends the message. Default: no switch. */
  readonly model?: string
}

/** What is rejected, from when, and how. */
export interface HostileRejection {
  readonly rule: HostileRule
  /** The first message whose requests are checked against the rule; 0 is the first of all. */
  readonly from: number
  /** Whether the error is a general sentence, or one in the API's style that names the place. */
  readonly says: 'plain' | 'pointing'
  /** The status of the error. A 500 never names the place. */
  readonly status: 400 | 404 | 413 | 500
}

/** A conversation and the rule that rejects its requests. Plain JSON. */
export interface HostileProgram {
  readonly messages: readonly HostileMessage[]
  /** What is rejected; null for nothing. */
  readonly rejection: HostileRejection | null
  /** Additional fields of each request. */
  readonly fields: readonly HostileField[]
  /** The model that is asked after a refusal. Default: none; the refused turn is dropped. */
  readonly fallback?: string
}

/** The model that every program begins with. It thinks, and its thinking is bound to the conversation before it. */
export const hostileModel = 'claude-opus-5-5'

/** The model that programs switch to; it may take over what {@link hostileModel} refuses. */
export const otherModel = 'claude-opus-5'
