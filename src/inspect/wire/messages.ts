// What is said between a process with conversations, an inspector, and the inspector's pages. JSON, a message each.
import type { QuickPolicy } from '../../journal/index.ts'
import type { ChartDefinition } from '../chart/definition.ts'
import type { InspectionRecord } from '../../observe/records.ts'

/**
 * Where processes connect, below the token. It has the version of these messages: both ends have to speak the same, and one of
 * another release finds nothing there.
 */
export const processPath = 'process/1'

/** What a process may show in an inspector. A process keeps to it by itself: an inspector ends the connection of one that does not. */
export interface ProcessLimits {
  /** Conversations at once. Those beyond wait until one of the others ends. */
  readonly conversations: number
  /** Facts of one conversation. They are never dropped, because what follows builds on them. */
  readonly facts: number
  /** Bytes of one conversation, as `weigh` counts them: its facts, its chart and its offers. */
  readonly bytesOfConversation: number
}

export const processLimits: ProcessLimits = {
  conversations: 250,
  facts: 100_000,
  bytesOfConversation: 96 * 1024 * 1024,
}

/** A process that conversations live in, or a file that they were read from. */
export interface Origin {
  readonly kind: 'process' | 'file'
  readonly name: string
  readonly pid: number | null
}

/** Something that can be done to a conversation from outside. */
export type ControlCommand =
  | { readonly command: 'send'; readonly text: string }
  | { readonly command: 'stop' | 'retry' | 'clear' | 'compact' | 'release' | 'close' }
  | { readonly command: 'resolve'; readonly policy: QuickPolicy }
  | { readonly command: 'set-model'; readonly model: string }
  | { readonly command: 'approve' | 'deny'; readonly callId: string }
  | { readonly command: 'answer'; readonly callId: string; readonly text: string }

/** A command that the conversation would take now. */
export interface Offer {
  readonly command: ControlCommand
  readonly label: string
  /** The event that it sends to the chart. */
  readonly event: string
  /** The field of the command that whoever sends it fills in. */
  readonly needs?: 'text' | 'model'
  /** What it is about, to be read before it is sent: the input of the call that is approved. */
  readonly about?: string
}

export type AppMessage =
  | {
      readonly type: 'hello'
      readonly origin: Origin
      /**
       * A secret of the process, which no page is sent. Once its connection is closed, a later one with the same secret goes on
       * with its conversations. Without one, each connection begins anew.
       */
      readonly resume?: string | undefined
    }
  /** A conversation begins to be watched. `key` is its name on this connection. */
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
      /** Where the conversation is by now, even if records of how it got there were lost. */
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

/** How a conversation is doing, for a list. */
export interface Summary {
  /** Its name in this inspector. */
  readonly key: string
  readonly id: string
  readonly origin: Origin
  readonly machine: string
  readonly model: string
  readonly state: string
  /** `gone`: its process went without a word. */
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

/** What an inspector would not take, because it went over a limit. */
export interface TurnedAway {
  /** Connections that were closed, and conversations and files that were not taken. */
  readonly count: number
  /** The last of them, in a sentence. */
  readonly last: string
}

export type PageMessage =
  | {
      readonly type: 'list'
      readonly conversations: readonly Summary[]
      /** Whether the page may send commands: its address is the one that does more than look. */
      readonly allowsControl: boolean
      readonly turnedAway: TurnedAway | null
    }
  /** The conversation that the page opened, with the oldest of its records. The others follow in `past`. */
  | {
      readonly type: 'log'
      readonly key: string
      readonly chart: ChartDefinition
      readonly records: readonly InspectionRecord[]
      readonly state: string
      readonly offers: readonly Offer[]
      /** Records that the inspector keeps no more. */
      readonly dropped: number
      /** Whether these are all records so far. */
      readonly isWhole: boolean
    }
  /** More of what happened before the page opened the conversation. */
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
