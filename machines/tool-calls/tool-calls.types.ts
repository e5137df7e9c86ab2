import type { DoneActorEvent, ErrorActorEvent } from 'xstate'
import type { Block } from '../../src/journal/index.ts'
import type { OpenCall, ToolCallStatus, ToolsCommand, ToolsEvent } from './run-tools.types.ts'

/** One call, as its actor is given it. */
export interface ToolCallInput {
  readonly turnId: string
  readonly call: OpenCall
  /** Its place among the calls of the reply: ids can come twice. */
  readonly index: number
  /** A call before it has the same id. */
  readonly isRepeated: boolean
}

/** Input of the `learnNeeds` and `runTool` slots. */
export interface CallInput {
  readonly turnId: string
  readonly call: OpenCall
}

/** What the `learnNeeds` slot answers, once. */
export type NeedsEvent =
  /** It runs as soon as there is a place. */
  | { readonly type: 'needs.place' }
  | { readonly type: 'needs.approval' }
  | { readonly type: 'needs.answer' }
  /** It can't be run at all; the model is told why. */
  | { readonly type: 'needs.unmet'; readonly result: Block }

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
  /** A call that it was to follow did not succeed. */
  | { readonly type: 'place.lost'; readonly toolset: string }
  /** It was running when the process ended. */
  | { readonly type: 'call.interrupt' }

/** How a tool call ended, and its result. */
export interface Ending {
  readonly index: number
  readonly status: ToolCallStatus
  readonly result: Block
}

/** What a call tells the actor that runs all of them. */
export type ToolCallReport =
  | { readonly type: 'place.wanted'; readonly index: number }
  | { readonly type: 'approval.wanted'; readonly index: number }
  | { readonly type: 'answer.wanted'; readonly index: number }
  | ({ readonly type: 'call.ended' } & Ending)

/** What the `tellStart` slot tells, on every start. */
export type StartEvent =
  /** In the tick of the start. */
  | { readonly type: 'slot.started' }
  /** After it. */
  | { readonly type: 'slot.ready' }

/** Calls are told apart by their index. */
export interface ToolCallsContext {
  readonly turnId: string
  readonly calls: readonly OpenCall[]
  /** Calls that have not ended. */
  readonly open: readonly number[]
  /** Calls that wait for a free place, in order. */
  readonly queue: readonly number[]
  readonly running: readonly number[]
  /** Toolsets of which a call has not succeeded: the calls behind it were meant to follow upon it. */
  readonly broken: readonly string[]
  /** How calls end whose actors are about to be done. */
  readonly endings: readonly Ending[]
  /** What the parent has not been told yet. */
  readonly news: readonly ToolsEvent[]
}

/** Every event that the chart of all tool calls of a reply takes. */
export type ToolCallsEvent = ToolsCommand | ToolCallReport | StartEvent | DoneActorEvent | ErrorActorEvent
