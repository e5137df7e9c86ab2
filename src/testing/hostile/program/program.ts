// The hostile server. program/: a conversation and the rule that rejects it; draw/: random ones; serve/: the API that rejects;
// play/: plays a program with a conversation; problems/: what the conversation did wrong.
import type { HostileField } from './fields.ts'
import type { HostileRule } from './rules.ts'

/** What one call of a message is of: the tool `note`, `note` with a picture for a result, or a tool that there is not. */
export type HostileCall = 'note' | 'picture' | 'imagined'

/** A message and what the model does about it. `{}` is a short text with a plain answer. */
export interface HostileMessage {
  /** What goes along with its text. Default: nothing. */
  readonly brings?: 'image' | 'document' | 'file'
  /** Further characters of its text. Default: 0. */
  readonly length?: number
  /** What the model calls before it answers, one reply each. Default: nothing. */
  readonly calls?: readonly HostileCall[]
  /** Each reply begins with signed thinking. Default: false. */
  readonly thinks?: boolean
  /** The answer runs a program in a container first. Default: false. */
  readonly runsCode?: boolean
  /** The first model refuses, before any text or in the middle of it. Other models answer. Default: nobody refuses. */
  readonly refuses?: 'at once' | 'in mid-text'
  /** The app goes to this model before it sends the message. Default: it stays where it is. */
  readonly model?: string
}

/** How requests are rejected. */
export interface HostileRejection {
  readonly rule: HostileRule
  /** The first message whose requests are held against the rule; 0 is the first of all. */
  readonly from: number
  /** A sentence that says nothing, or one in the API's own style that says where it struck. */
  readonly says: 'plain' | 'pointing'
  /** 500 never points. */
  readonly status: 400 | 404 | 413 | 500
}

/** A conversation and how it is rejected. Plain JSON. */
export interface HostileProgram {
  readonly messages: readonly HostileMessage[]
  /** Null: nothing is rejected. */
  readonly rejection: HostileRejection | null
  /** Further fields of each request. */
  readonly fields: readonly HostileField[]
  /** The model that a refusal is to be asked again of. Default: none; the refused turn is dropped. */
  readonly fallback?: string
}

/** The model that every program begins with. It thinks, and its thinking is bound to what stood before it. */
export const hostileModel = 'claude-opus-5-5'

/** The model that programs go to: it may take over what {@link hostileModel} refuses. */
export const otherModel = 'claude-opus-5'
