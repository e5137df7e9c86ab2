// The slot `runTools`: its input, the commands that it receives and the events that it sends.
import type { Block } from '../../src/journal/index.ts'

/** A tool call of the open turn that has no result yet. */
export interface OpenCall {
  readonly callId: string
  readonly name: string
  /** The toolset that contains `name`: `toolset_name` in the API. Member names are not reserved. */
  readonly toolset?: string
  readonly input: unknown
  /**
   * Its state. Calls start as `new`; the others come from a conversation that was loaded. `approved`, `denied`: a person has
   * decided, and nothing has followed yet. `interrupted`: the process ended while the call may have been running, so it is run
   * again only if its tool is idempotent.
   */
  readonly state: 'new' | 'awaitingApproval' | 'awaitingAnswer' | 'approved' | 'denied' | 'interrupted'
  /** Why it was denied. */
  readonly reason?: string
}

/** Input of the `runTools` slot. */
export interface ToolsInput {
  readonly turnId: string
  /** In the order of the reply. */
  readonly calls: readonly OpenCall[]
  /** The most calls that run at the same time. Default 8. */
  readonly limit?: number
}

/** What the `runTools` slot receives, once the decision is stored. A command that does not fit the call's state is ignored. */
export type ToolsCommand =
  /** It is stored that the call starts: now it runs. */
  | { readonly type: 'call.start'; readonly callId: string }
  | { readonly type: 'call.approve'; readonly callId: string }
  | { readonly type: 'call.deny'; readonly callId: string; readonly reason?: string }
  | { readonly type: 'call.answer'; readonly callId: string; readonly result: Block }

/** How a tool call ended. All but `settled` give the model an error result. */
export type ToolCallStatus = 'settled' | 'denied' | 'failed' | 'timedOut' | 'cancelled'

/** What the `runTools` slot sends: exactly one `tool.settled` for each call that it was given, in any order. */
export type ToolsEvent =
  /** The call is ready to run. It runs once `call.start` comes: so it is on record that it may have run, whatever happens then. */
  | {
      readonly type: 'tool.ready'
      readonly callId: string
      /** It came as `interrupted`, and may run again. */
      readonly again?: true
    }
  /** It waits for a person to allow it. */
  | { readonly type: 'tool.approvalNeeded'; readonly callId: string }
  /** The tool has no `run`: the app gives the result. */
  | { readonly type: 'tool.answerNeeded'; readonly callId: string }
  | {
      readonly type: 'tool.settled'
      readonly callId: string
      readonly status: ToolCallStatus
      /** The `tool_result` block. */
      readonly result: Block
    }
