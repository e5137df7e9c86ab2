// The records of an observed conversation: flat, plain JSON, one format for logs, inspectors and files.
import type { Fact, Rejection, Suspect } from '../journal/index.ts'

/** Version of the record format that this release writes, and the newest that it reads. */
export const recordVersion = 1

interface Recorded {
  readonly v: typeof recordVersion
  /** Number of the record within its observation, from 0. A gap means that records were lost. */
  readonly seq: number
  /** Milliseconds since 1970. */
  readonly at: number
  /** Id of the conversation. */
  readonly conversation: string
}

/** The turn and attempt that a record belongs to. */
interface Placed {
  /** The turn that is open, or that the event names. */
  readonly turnId: string | null
  /** Number of the request within the turn, from 1. */
  readonly attempt: number | null
}

/** The actor that a record is about: `conversation`, or the path of ids below it, such as `tools/call0`. */
interface OfActor {
  readonly actor: string
  /** XState's session id of the actor: new each time that it starts. */
  readonly session: string
}

/** The first record of an observation: the conversation as the observation begins. */
export interface ObservedRecord extends Recorded {
  readonly type: 'observed'
  readonly model: string
  readonly machine: { readonly id: string; readonly version: string }
  readonly state: string
  /** Number of facts in the journal so far; a record for each follows. */
  readonly revision: number
  /** Whether records include what people and models said. */
  readonly includesText: boolean
}

interface ActorStartedRecord extends Recorded, OfActor {
  readonly type: 'actor.started'
  /** The slot that it fills; `null` for none. */
  readonly src: string | null
  readonly parent: string | null
}

interface ActorStoppedRecord extends Recorded, OfActor {
  readonly type: 'actor.stopped'
  readonly status: 'done' | 'error' | 'stopped'
}

/** The fields of an event that hold nothing that anybody said. */
export interface EventFields {
  readonly callId?: string
  readonly model?: string
  readonly status?: string
  readonly stopReason?: string
  readonly revision?: number
  /** A {@link TurnstateErrorCode}. */
  readonly code?: string
  /** Of `journal.failed`: what happened to the store, if turnstate knows its words: `disk-full`. */
  readonly trouble?: string
  /** Of `journal.failed`: what the store said, in one line and without secrets. Redacted, unless texts are included. */
  readonly quote?: string
  /** The category of a refusal. */
  readonly category?: string | null
  /** The name of a policy. */
  readonly policy?: string
  readonly how?: string
  readonly to?: string | null
}

/** An actor received an event. */
interface EventRecord extends Recorded, OfActor, Placed, EventFields {
  readonly type: 'event'
  readonly event: string
  /** The actor that sent it, or `null` for the app. */
  readonly source: string | null
}

/** One microstep of a machine. One event can cause several: `always` transitions follow at once. */
export interface TransitionRecord extends Recorded, OfActor, Placed {
  readonly type: 'transition'
  readonly from: string
  /** Equal to `from` when the state does not change. */
  readonly to: string
  readonly event: string
  /** The guard that allowed the transition; `null` for none. */
  readonly guard: string | null
  /** Ids of the transitions that were taken, as in the chart definition. */
  readonly transitions: readonly string[]
}

/** A machine received an event that it does not handle in its present state. */
interface IgnoredRecord extends Recorded, OfActor, Placed {
  readonly type: 'ignored'
  readonly event: string
  readonly state: string
}

/** A fact was appended to the journal. */
export interface FactRecord extends Recorded {
  readonly type: 'fact'
  readonly index: number
  readonly fact: Fact
  /** The state after the step that appended it; `null` for a fact that is older than the observation. */
  readonly state: string | null
}

/** A refusal, with what was new in the refused request. */
interface RefusalRecord extends Recorded {
  readonly type: 'refusal'
  readonly turnId: string
  readonly category: string | null
  readonly model: string | null
  readonly textShown: boolean
  readonly nothingLeft: boolean
  readonly suspects: readonly Suspect[]
}

/** A request that the API rejected, with what was new in it. */
interface RejectionRecord extends Recorded, Rejection {
  readonly type: 'rejection'
  readonly turnId: string
}

/** A request is about to be made. */
export interface RequestRecord extends Recorded, Placed {
  readonly type: 'request'
  readonly model: string
  readonly messages: number
  /** Bytes of the messages as JSON. */
  readonly bytes: number
  /** Bytes of everything else in it: the system prompt, tools, further fields. */
  readonly promptBytes: number
  readonly cacheBreakpoints: number
  readonly maxTokens: number
  readonly betas: readonly string[]
  readonly purpose: 'reply' | 'compaction' | 'summary'
  /** Whether it redeems the credit of a refusal. */
  readonly redeemsCredit: boolean
}

/** What requests carry besides the messages, from now on. */
export interface PromptRecord extends Recorded {
  readonly type: 'prompt'
  readonly promptHash: string
  readonly cacheBreakpoints: number
  readonly structured: boolean
  readonly maxTokens: number
  readonly systemBytes: number
  readonly toolsBytes: number
  readonly tools: readonly string[]
}

/** Nothing is under way, and the conversation goes on by itself after a while. */
export interface WaitsRecord extends Recorded {
  readonly type: 'waits'
  readonly state: string
  /** What ends the wait: `after retryBackoff` or `after saveRetry`. */
  readonly next: string
  /** Milliseconds from `at` on. */
  readonly wait: number
}

/** Records that were left out because there were too many, or that an inspector could not read. */
interface LostRecord extends Recorded {
  readonly type: 'lost'
  readonly count: number
  /** What was wrong with one of them: a sentence without a full stop. Missing when there were too many. */
  readonly why?: string
}

/** The conversation ended. */
interface EndedRecord extends Recorded {
  readonly type: 'ended'
  readonly status: 'done' | 'error' | 'stopped'
}

/** A record of what a conversation did. */
export type InspectionRecord =
  | ObservedRecord
  | ActorStartedRecord
  | ActorStoppedRecord
  | EventRecord
  | TransitionRecord
  | IgnoredRecord
  | FactRecord
  | RefusalRecord
  | RejectionRecord
  | RequestRecord
  | PromptRecord
  | WaitsRecord
  | LostRecord
  | EndedRecord

/** A function that is called with each record of a conversation, in order, redacted. */
export type RecordListener = (record: InspectionRecord) => unknown
