/** What a conversation promises that is rejected. */
export interface HostileLimits {
  /** Further messages until one is completed. Default: 3. */
  readonly messages: number
  /** Requests that a message may cost, those that the model needs for its tools included. Default: 6. */
  readonly requests: number
  /** Messages after which it has to be found out what is to blame. Default: 6. */
  readonly settled: number
  /** Turns that may be missing then beside what is to blame. Default: 2. */
  readonly aside: number
}

/** What a conversation may cost against the hostile server before it counts as a problem. */
export const hostileLimits: HostileLimits = { messages: 3, requests: 6, settled: 6, aside: 2 }

/** Types of notices that tell that something left the context. */
export const tellingNotices: readonly string[] = [
  'context.reset',
  'context.setAside',
  'request.repaired',
  'thinking.stripped',
  'turn.failed',
]
