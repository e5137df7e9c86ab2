// What a server counts, in the text format of Prometheus.

/** Counters with labels, and values that are read when they are asked for. */
export class Metrics {
  readonly #counters = new Map<string, Map<string, number>>()
  readonly #sums = new Map<string, { count: number; sum: number }>()
  readonly #gauges = new Map<string, () => number>()

  /** Adds to a counter. Labels are few and closed: categories, outcomes, routes. */
  count(name: CounterName, labels: Readonly<Record<string, string>> = {}, by = 1): void {
    const counter = this.#counters.get(name) ?? new Map<string, number>()
    this.#counters.set(name, counter)
    const key = Object.entries(labels)
      .map(([label, value]) => `${label}="${escaped(value)}"`)
      .join(',')
    // A label that a client could fill must not fill the memory.
    if (counter.has(key) || counter.size < 1_000) counter.set(key, (counter.get(key) ?? 0) + by)
  }

  /** Adds a duration in seconds. */
  took(name: TimeName, seconds: number): void {
    const { count, sum } = this.#sums.get(name) ?? { count: 0, sum: 0 }
    this.#sums.set(name, { count: count + 1, sum: sum + seconds })
  }

  gauge(name: GaugeName, read: () => number): void {
    this.#gauges.set(name, read)
  }

  /** The text that `GET /metrics` answers. */
  text(): string {
    const lines: string[] = []
    for (const [name, help] of Object.entries(counters)) {
      lines.push(`# HELP turnstate_${name} ${help}`, `# TYPE turnstate_${name} counter`)
      for (const [labels, value] of this.#counters.get(name) ?? [])
        lines.push(`turnstate_${name}${labels === '' ? '' : `{${labels}}`} ${value}`)
    }
    for (const [name, help] of Object.entries(times)) {
      const { count, sum } = this.#sums.get(name) ?? { count: 0, sum: 0 }
      lines.push(
        `# HELP turnstate_${name} ${help}`,
        `# TYPE turnstate_${name} summary`,
        `turnstate_${name}_sum ${sum}`,
        `turnstate_${name}_count ${count}`,
      )
    }
    for (const [name, help] of Object.entries(gauges)) {
      const read = this.#gauges.get(name)
      if (!read) continue
      lines.push(`# HELP turnstate_${name} ${help}`, `# TYPE turnstate_${name} gauge`, `turnstate_${name} ${read()}`)
    }
    return `${lines.join('\n')}\n`
  }
}

const counters = {
  requests_total: 'Requests, by the status that they were answered with.',
  turns_total: 'Messages that have ended, by outcome.',
  refusals_total: 'Refused turns, by category and policy.',
  resets_total: 'Resets of the context, by policy.',
  rejections_total: 'Requests that the API rejected.',
  attempts_total: 'Requests to the model.',
  tokens_total: 'Tokens of messages that have ended, by kind.',
} as const

const times = {
  store_seconds: 'How long the store took to open a conversation or to append to one.',
} as const

const gauges = {
  open_conversations: 'Conversations in memory.',
  open_streams: 'Streams of events that are open.',
  turns_in_progress: 'Turns in progress.',
  queued_messages: 'Messages that wait for their turn in open conversations.',
  cluster_homes: 'Conversations of a cluster whose turn this process runs.',
  cluster_passed_requests: 'Requests that this process has passed to another one, and that are being answered.',
  cluster_processes: 'Processes of the cluster that take turns.',
  cluster_turns: 'Turns under way in all processes of the cluster.',
  cluster_queued_turns: 'Conversations of the cluster with a turn that waits: for a process, or for an earlier turn.',
  cluster_oldest_wait_seconds: 'For how long the oldest turn in the queue of the cluster has waited.',
  cluster_feed_gaps:
    'How often viewers in other processes missed what was said here until it was whole, because Postgres was slow.',
  event_loop_delay_seconds: 'The mean delay of the event loop since the last reading.',
} as const

export type CounterName = keyof typeof counters
export type TimeName = keyof typeof times
export type GaugeName = keyof typeof gauges

const escaped = (value: string): string =>
  value
    .slice(0, 100)
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
