import type { DoneActorEvent, ErrorActorEvent } from 'xstate'
import type { Block } from '../../src/journal/index.ts'
import type { OpenCall, ToolCallStatus, ToolsCommand, ToolsEvent } from './run-tools.types.ts'

/** The input of a call's actor. */
export interface ToolCallInput {
  readonly turnId: string
  readonly call: OpenCall
  /** Its index among the calls of the reply: ids may be repeated. */
  readonly index: number
  /** An earlier call has the same id. */
  readonly isRepeated: boolean
}

/** Input of the `learnNeeds` and `runTool` slots. */
export interface CallInput {
  readonly turnId: string
  readonly call: OpenCall
}

/** What the `learnNeeds` slot answers, once. */
export type NeedsEvent =
  /** The call runs as soon as there is a place. */
  | { readonly type: 'needs.place' }
  | { readonly type: 'needs.approval' }
  | { readonly type: 'needs.answer' }
  /** The call can't be run; the model gets the reason. */
  | { readonly type: 'needs.unmet'; readonly result: Block }
  /** It came as `interrupted`, and may run again: it runs as soon as there is a place. */
  | { readonly type: 'needs.rerun' }
  /** It came as `interrupted`, and must not run again. */
  | { readonly type: 'needs.nothing' }

/** What the `runTool` slot answers, once. */
export type RunEvent =
  | { readonly type: 'run.settled'; readonly result: Block }
  | { readonly type: 'run.failed'; readonly result: Block }

/** Every event that the chart of one tool call takes. */
export type ToolCallEvent =
  | ToolsCommand
  | NeedsEvent
  | RunEvent
  | { readonly type: 'place.given' }
  /** An earlier call of its toolset did not succeed. */
  | { readonly type: 'place.lost'; readonly toolset: string }
  /** It was running when the process ended. */
  | { readonly type: 'call.interrupt' }

/** How a tool call ended, and its result. */
export interface Ending {
  readonly index: number
  readonly status: ToolCallStatus
  readonly result: Block
}

/** What a call reports to the actor that runs all of them. */
export type ToolCallReport =
  | { readonly type: 'place.wanted'; readonly index: number }
  | { readonly type: 'start.wanted'; readonly index: number }
  | { readonly type: 'approval.wanted'; readonly index: number }
  | { readonly type: 'answer.wanted'; readonly index: number }
  | ({ readonly type: 'call.ended' } & Ending)

/** What the `tellStart` slot sends on every start. */
export type StartEvent =
  /** In the tick of the start. */
  | { readonly type: 'slot.started' }
  /** After it. */
  | { readonly type: 'slot.ready' }

/** Calls are identified by their index. */
export interface ToolCallsContext {
  readonly turnId: string
  readonly calls: readonly OpenCall[]
  /** The most calls that run at the same time. */
  readonly limit: number
  /** Calls that have not ended. */
  readonly open: readonly number[]
  /** Calls that wait for a free place, in order. */
  readonly queue: readonly number[]
  readonly running: readonly number[]
  /** Toolsets with a call that did not succeed: later calls of the same toolset were planned to follow it. */
  readonly broken: readonly string[]
  /** The endings of calls whose actors are about to stop. */
  readonly endings: readonly Ending[]
  /** Events that were not sent to the parent yet. */
  readonly news: readonly ToolsEvent[]
}

/** Every event that the chart of all tool calls of a reply takes. */
export type ToolCallsEvent = ToolsCommand | ToolCallReport | StartEvent | DoneActorEvent | ErrorActorEvent
