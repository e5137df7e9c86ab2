// The messages between a process with conversations, an inspector, and the inspector's pages. Each is one JSON text.
import type { QuickPolicy, QuickRejectionPolicy } from '../../journal/index.ts'
import type { ChartDefinition } from '../chart/definition.ts'
import type { InspectionRecord } from '../../observe/records.ts'

/**
 * The path, below the token, where processes connect. It contains the version of these messages: both ends must use the same
 * version, and a process of another release gets a 403.
 */
export const processPath = 'process/1'

/** What a process may show in an inspector. Senders respect these limits; an inspector disconnects a process that does not. */
export interface ProcessLimits {
  /** Conversations at once. Further ones wait until one of them ends. */
  readonly conversations: number
  /** Facts of one conversation. They are never dropped, because later facts build on them. */
  readonly facts: number
  /** Bytes of one conversation, as `weigh` counts them: its facts, its chart and its offers. */
  readonly bytesOfConversation: number
}

export const processLimits: ProcessLimits = {
  conversations: 250,
  facts: 100_000,
  bytesOfConversation: 96 * 1024 * 1024,
}

/** Where a conversation is from: a process, or a file. */
export interface Origin {
  readonly kind: 'process' | 'file'
  readonly name: string
  readonly pid: number | null
}

/** A command that an inspector can send to a conversation. */
export type ControlCommand =
  | { readonly command: 'send'; readonly text: string }
  | { readonly command: 'stop' | 'retry' | 'clear' | 'compact' | 'release' | 'close' }
  | { readonly command: 'resolve'; readonly policy: QuickPolicy }
  | { readonly command: 'resolve-rejection'; readonly policy: QuickRejectionPolicy }
  | { readonly command: 'set-model'; readonly model: string }
  | { readonly command: 'approve' | 'deny'; readonly callId: string }
  | { readonly command: 'answer'; readonly callId: string; readonly text: string }

/** A command that the conversation would accept now. */
export interface Offer {
  readonly command: ControlCommand
  readonly label: string
  /** The event that it sends to the chart. */
  readonly event: string
  /** The field of the command that the user fills in. */
  readonly needs?: 'text' | 'model'
  /** What the user should read before sending it: the input of the call to approve. */
  readonly about?: string
}

export type AppMessage =
  | {
      readonly type: 'hello'
      readonly origin: Origin
      /**
       * A secret of the process, never sent to pages. A later connection with the same secret continues the conversations of the
       * closed one. Without it, each connection starts new conversations.
       */
      readonly resume?: string | undefined
    }
  /** A conversation to inspect. `key` is its name on this connection. */
  | {
      readonly type: 'conversation'
      readonly key: string
      readonly chart: ChartDefinition
      readonly allowsControl: boolean
    }
  | {
      readonly type: 'records'
      readonly key: string
      readonly records: readonly InspectionRecord[]
      /** The present state, even if the transitions to it were lost. */
      readonly state: string
    }
  | { readonly type: 'offers'; readonly key: string; readonly offers: readonly Offer[] }
  | { readonly type: 'done'; readonly id: string; readonly error: string | null }
  | { readonly type: 'gone'; readonly key: string }

export interface ControlMessage {
  readonly type: 'control'
  readonly id: string
  readonly key: string
  readonly command: ControlCommand
}

/** One conversation in the list. */
export interface Summary {
  /** The inspector's own key for it. */
  readonly key: string
  readonly id: string
  /** The first words of the conversation; `null` if texts are redacted, or before the first message. */
  readonly title: string | null
  /** The id of the conversation that it was forked from; `null` if it was not. */
  readonly forkOf: string | null
  /** When it was created; milliseconds since 1970. `null` if its first fact was not seen. */
  readonly startedAt: number | null
  readonly origin: Origin
  readonly machine: string
  readonly model: string
  readonly state: string
  /** `gone`: its process disconnected before the conversation ended. */
  readonly status: 'live' | 'ended' | 'gone' | 'file'
  /** When something last happened; milliseconds since 1970. */
  readonly changedAt: number
  readonly turns: number
  readonly refusals: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly lost: number
  readonly includesText: boolean
  readonly allowsControl: boolean
}

/** What exceeded a limit of the inspector so far. */
export interface LimitViolations {
  /** Number of closed connections, and of conversations and files that were rejected. */
  readonly count: number
  /** A sentence about the last one. */
  readonly last: string
}

export type PageMessage =
  | {
      readonly type: 'list'
      readonly conversations: readonly Summary[]
      /** Whether the page may send commands: it was opened at the address with control. */
      readonly allowsControl: boolean
      readonly limitViolations: LimitViolations | null
    }
  /** The conversation that the page opened, with its oldest records. Further ones follow in `past`. */
  | {
      readonly type: 'log'
      readonly key: string
      readonly chart: ChartDefinition
      readonly records: readonly InspectionRecord[]
      readonly state: string
      readonly offers: readonly Offer[]
      /** Number of records that the inspector dropped. */
      readonly dropped: number
      /** Whether this is everything so far. */
      readonly isWhole: boolean
    }
  /** More records from before the page opened the conversation. */
  | {
      readonly type: 'past'
      readonly key: string
      readonly records: readonly InspectionRecord[]
      readonly isWhole: boolean
    }
  | {
      readonly type: 'records'
      readonly key: string
      readonly records: readonly InspectionRecord[]
      readonly state: string
      readonly dropped: number
    }
  | { readonly type: 'offers'; readonly key: string; readonly offers: readonly Offer[] }
  | { readonly type: 'done'; readonly id: string; readonly error: string | null }

export type FromPage = { readonly type: 'open'; readonly key: string } | ControlMessage
