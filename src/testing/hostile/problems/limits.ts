/** How quickly a rejected conversation must recover. */
export interface HostileLimits {
  /** The number of messages after a failure within which one must complete. Default: 3. */
  readonly messages: number
  /** The most requests for one message, including those for tool results. Default: 6. */
  readonly requests: number
  /** The number of messages after which only what is to blame may be missing. Default: 6. */
  readonly settled: number
  /** How many other turns may still be missing then. Default: 2. */
  readonly aside: number
}

/** The default limits of `hostileProblems()`. */
export const hostileLimits: HostileLimits = { messages: 3, requests: 6, settled: 6, aside: 2 }

/** The types of events that announce that something left the context. */
export const tellingNotices: readonly string[] = [
  'context.reset',
  'context.setAside',
  'request.repaired',
  'thinking.stripped',
  'turn.failed',
]
