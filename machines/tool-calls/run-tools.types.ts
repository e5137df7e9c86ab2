// What the slot that runs tools is given and sent, and what it tells.
import type { Block } from '../../src/journal/index.ts'

/** A tool call of the open turn that has no result yet. */
export interface OpenCall {
  readonly callId: string
  readonly name: string
  /** The toolset whose member `name` is, as the API says it in `toolset_name`. Member names are not reserved. */
  readonly toolset?: string
  readonly input: unknown
  /**
   * Where it stands. Calls start `new`; the others come from a conversation that was loaded while calls waited for
   * people. `interrupted`: the process ended while it may have been running, so it is never run again by itself.
   */
  readonly state: 'new' | 'awaitingApproval' | 'awaitingAnswer' | 'interrupted'
}

/** Input of the `runTools` slot. */
export interface ToolsInput {
  readonly turnId: string
  /** In the order of the reply. */
  readonly calls: readonly OpenCall[]
}

/** What the `runTools` slot receives, once the decision is stored. One that does not fit the call's state changes nothing. */
export type ToolsCommand =
  | { readonly type: 'call.approve'; readonly callId: string }
  | { readonly type: 'call.deny'; readonly callId: string; readonly reason?: string }
  | { readonly type: 'call.answer'; readonly callId: string; readonly result: Block }

/** How a tool call ended. All but `settled` give the model an error result. */
export type ToolCallStatus = 'settled' | 'denied' | 'failed' | 'timedOut' | 'cancelled'

/** What the `runTools` slot tells. Exactly one `tool.settled` for each call that it was given, in any order. */
export type ToolsEvent =
  /** The call runs now. */
  | { readonly type: 'tool.started'; readonly callId: string }
  /** It waits for a person to allow it. */
  | { readonly type: 'tool.approvalNeeded'; readonly callId: string }
  /** It has no `run`: the app answers it. */
  | { readonly type: 'tool.answerNeeded'; readonly callId: string }
  | {
      readonly type: 'tool.settled'
      readonly callId: string
      readonly status: ToolCallStatus
      /** The `tool_result` block. */
      readonly result: Block
    }
