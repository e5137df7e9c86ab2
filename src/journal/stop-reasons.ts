// What each stop reason means for a turn. This list is the one place that knows them by name (the API's documentation of
// `stop_reason`). A reason that it lacks settles the turn without running tools; it may ask for another request.
import { type Block, toolCallId } from './content.ts'

/** How other toolkits name the end of a reply. */
export type FinishReason = 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'error' | 'other'

interface StopReason {
  /**
   * What the turn does next. `ends`: nothing, the reply is complete. `calls`: it runs the tools that the reply asked for. `pauses`: it sends
   * the reply back, and the API goes on. `compacts`: the same, after a compaction. `is cut`: the reply has reached `max_tokens`.
   * `overflows`: the context window is full. `is refused`: the turn is quarantined.
   */
  readonly turn: 'ends' | 'calls' | 'pauses' | 'compacts' | 'is cut' | 'overflows' | 'is refused'
  readonly finish: FinishReason
}

const stopReasons = {
  end_turn: { turn: 'ends', finish: 'stop' },
  stop_sequence: { turn: 'ends', finish: 'stop' },
  tool_use: { turn: 'calls', finish: 'tool-calls' },
  pause_turn: { turn: 'pauses', finish: 'other' },
  compaction: { turn: 'compacts', finish: 'other' },
  max_tokens: { turn: 'is cut', finish: 'length' },
  model_context_window_exceeded: { turn: 'overflows', finish: 'length' },
  refusal: { turn: 'is refused', finish: 'content-filter' },
} as const satisfies Readonly<Record<string, StopReason>>

/** A stop reason that this release knows. */
export type KnownStopReason = keyof typeof stopReasons

const known: ReadonlyMap<string | null, StopReason> = new Map(Object.entries(stopReasons))

const turnOf = (reason: string | null): StopReason['turn'] | undefined => known.get(reason)?.turn

/**
 * Whether a reply ends its turn: the model has said all of it, and called no tool of the app's. All other reasons, those that
 * this release does not know among them, may ask for another request.
 */
export const endsTurn = (reason: string | null, content: readonly Block[]): boolean =>
  turnOf(reason) === 'ends' && content.every((block) => toolCallId(block) === undefined)

/** The reply asks for its tool calls to be run. No other reason does. */
export const asksForTools = (reason: string | null): boolean => turnOf(reason) === 'calls'

/** The API stopped a loop of its own tools, and goes on when it gets the reply back as it is. */
export const isServerPause = (reason: string | null): boolean => turnOf(reason) === 'pauses'

/** The API stopped in the middle, for its tools or for a compaction, and goes on when it gets the reply back. */
export const isPause = (reason: string | null): boolean => isServerPause(reason) || turnOf(reason) === 'compacts'

/** The reply was cut at its `max_tokens`. */
export const isCut = (reason: string | null): boolean => turnOf(reason) === 'is cut'

/** The reply was cut because the context window is full. */
export const isWindowFull = (reason: string | null): boolean => turnOf(reason) === 'overflows'

/** The reply was cut by a limit on its tokens, or by the context window. */
export const isTruncated = (reason: string | null): boolean => isCut(reason) || isWindowFull(reason)

/** The model has said all that it wanted to say: structured output is whole, and so is a summary. A stop sequence may cut either. */
export const isWhole = (reason: string | null): boolean => reason === ('end_turn' satisfies KnownStopReason)

/** The reply was refused. */
export const isRefusal = (reason: string | null): boolean => turnOf(reason) === 'is refused'

/** The reason by the name that other toolkits give it. */
export const finishReasonOf = (reason: string | null): FinishReason => known.get(reason)?.finish ?? 'other'
