// What an observed conversation tells: flat records, plain JSON, one format for logs, inspectors and files.
import type { Fact, Rejection, Suspect } from '../journal/index.ts'

/** The format of the records that this release writes, and the newest that it reads. */
export const recordVersion = 1

interface Recorded {
  readonly v: typeof recordVersion
  /** Counts the records of one observation, from 0. A gap is what was lost. */
  readonly seq: number
  /** Milliseconds since 1970. */
  readonly at: number
  /** Id of the conversation. */
  readonly conversation: string
}

/** Where in the conversation it happened. */
interface Placed {
  /** The turn that is open, or that the event is about. */
  readonly turnId: string | null
  /** Which request of the turn. */
  readonly attempt: number | null
}

/** An actor of the conversation: `conversation` itself, or the path of ids below it, such as `tools/call0`. */
interface OfActor {
  readonly actor: string
  /** XState's id of it: new with each start. */
  readonly session: string
}

/** The first record of an observation: how the conversation stands as it begins. */
export interface ObservedRecord extends Recorded {
  readonly type: 'observed'
  readonly model: string
  readonly machine: { readonly id: string; readonly version: string }
  readonly state: string
  /** Facts of the journal so far; a record for each follows. */
  readonly revision: number
  /** Whether records carry what people and models said. */
  readonly includesText: boolean
}

interface ActorStartedRecord extends Recorded, OfActor {
  readonly type: 'actor.started'
  /** The name of its slot, where it has one. */
  readonly src: string | null
  readonly parent: string | null
}

interface ActorStoppedRecord extends Recorded, OfActor {
  readonly type: 'actor.stopped'
  readonly status: 'done' | 'error' | 'stopped'
}

/** What of an event can be told without telling what anybody said. */
export interface EventFields {
  readonly callId?: string
  readonly model?: string
  readonly status?: string
  readonly stopReason?: string
  readonly revision?: number
  /** A {@link TurnstateErrorCode}. */
  readonly code?: string
  /** The category of a refusal. */
  readonly category?: string | null
  /** The name of a policy. */
  readonly policy?: string
  readonly how?: string
  readonly to?: string | null
}

/** An actor was sent an event. */
interface EventRecord extends Recorded, OfActor, Placed, EventFields {
  readonly type: 'event'
  readonly event: string
  /** The actor that sent it, or `null` for the app. */
  readonly source: string | null
}

/** One step of a machine. An event can take several: what is taken `always` follows at once. */
export interface TransitionRecord extends Recorded, OfActor, Placed {
  readonly type: 'transition'
  readonly from: string
  /** As `from` where the state stays. */
  readonly to: string
  readonly event: string
  /** The guard that let it, or `null`. */
  readonly guard: string | null
  /** Ids of the transitions that were taken, as the chart has them. */
  readonly transitions: readonly string[]
}

/** A machine was sent an event that it does not take where it is. */
interface IgnoredRecord extends Recorded, OfActor, Placed {
  readonly type: 'ignored'
  readonly event: string
  readonly state: string
}

/** One more fact in the journal. */
export interface FactRecord extends Recorded {
  readonly type: 'fact'
  readonly index: number
  readonly fact: Fact
  /** The state after the step that recorded it; `null` for one that was there before the observation began. */
  readonly state: string | null
}

/** A refusal, with what the refused request carried for the first time. */
interface RefusalRecord extends Recorded {
  readonly type: 'refusal'
  readonly turnId: string
  readonly category: string | null
  readonly model: string | null
  readonly textShown: boolean
  readonly nothingLeft: boolean
  readonly suspects: readonly Suspect[]
}

/** A request that the API did not take, with what it carried for the first time. */
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
  /** Bytes of everything else that it carries: the system prompt, tools, further fields. */
  readonly promptBytes: number
  readonly cacheBreakpoints: number
  readonly maxTokens: number
  readonly betas: readonly string[]
  readonly purpose: 'reply' | 'compaction' | 'summary'
  /** It redeems the credit of a refusal. */
  readonly redeemsCredit: boolean
}

/** What requests carry beside the messages, from here on. */
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

/** Records that were not told, because there were too many, or that an inspector could not read. */
interface LostRecord extends Recorded {
  readonly type: 'lost'
  readonly count: number
  /** What was wrong with one of them, in a sentence without its full stop. Missing where there were too many. */
  readonly why?: string
}

/** The conversation is over. */
interface EndedRecord extends Recorded {
  readonly type: 'ended'
  readonly status: 'done' | 'error' | 'stopped'
}

/** Everything that an observed conversation tells. */
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
  | LostRecord
  | EndedRecord
