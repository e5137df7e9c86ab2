// Sends the records of conversations to an inspector, without ever holding up the app.
//   SND1. A conversation and its chart are sent before its records. Records are sent in order, every 50 ms while the port is
//         ready, in batches of at most 400 records and about 512 kB.
//   SND2. While 2,000 records of a conversation wait, further dispensable ones are left out. A `lost` record with their number
//         precedes the next record. Facts are never left out.
//   SND3. Each batch carries the present state, even if the transitions to it were lost.
//   SND4. A conversation that exceeds the inspector's limits, or can't be sent, is detached alone. Conversations beyond the number
//         that an inspector accepts wait until another one ends.
//   SND5. While no inspector is connected, nothing is recorded. Afterwards every open conversation is sent from its beginning.
//   SND6. flush() sends everything that waits. Nothing follows the record `ended`, or the message `gone`.
import { stateName } from '../../state-name.ts'
import { type Clock, systemClock, unref } from '../../clock.ts'
import { messageOf } from '../../errors.ts'
import { type ChartDefinition, chartOf } from '../chart/definition.ts'
import { observeInternals } from '../../observe/observe.ts'
import { lostRecord } from '../../observe/lost-record.ts'
import { kindOf } from '../../observe/record-kinds.ts'
import type { InspectionRecord } from '../../observe/records.ts'
import { type ObservedConversation, type ConversationInternals, internalsOf } from '../../observe/internals.ts'
import { type AppMessage, type ControlMessage, type ProcessLimits, processLimits } from '../wire/messages.ts'
import { type Fitted, fitRecord } from '../wire/fit-record.ts'
import { offersOf, perform } from './offers.ts'

/** Milliseconds between two batches. */
const frame = 50

/** The most records and bytes of a batch, and the most records that may wait per conversation. */
const batchSize = 400
const batchBytes = 512 * 1024
const queueSize = 2_000

export interface SenderOptions {
  readonly includeText: boolean
  readonly allowControl: boolean
  readonly clock?: Clock
  readonly limits?: ProcessLimits
}

/** Where batches go. */
export interface Port {
  /** Whether an inspector is connected and has received nearly all that was sent. */
  readonly isReady: () => boolean
  readonly send: (message: AppMessage) => void
}

/** The share of a conversation's bytes that facts may use. The inspector also counts its chart and its offers. */
const shareOfFacts = 0.9

interface Entry {
  readonly internals: ConversationInternals
  /** Whether it was sent to the inspector. If not, it waits. */
  readonly isAnnounced: boolean
  facts: number
  factBytes: number
  stop: () => void
  readonly queue: Fitted[]
  lost: number
  /** The last record that was left out, until the `lost` record is queued. */
  lastLost: InspectionRecord | null
  offers: string
}

/** Numbers the conversations of all connections of this process: an inspector identifies them by process and number. */
let count = 0

export class Sender {
  readonly #port: Port
  readonly #options: SenderOptions
  readonly #clock: Clock
  readonly #limits: ProcessLimits
  readonly #all = new Map<string, Entry>()
  #phase: 'sending' | 'paused' | 'closed' = 'sending'
  #timer: unknown = null
  /** How many announced conversations are still open. */
  #announced = 0

  constructor(port: Port, options: SenderOptions) {
    this.#port = port
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#limits = options.limits ?? processLimits
  }

  /** @throws TurnstateError `invalid-option` for anything but a conversation */
  attach(conversation: ObservedConversation): () => void {
    const key = `${++count}`
    const internals = internalsOf(conversation)
    if (this.#phase === 'sending') this.#admit(key, internals)
    if (this.#phase === 'paused') this.#hold(key, internals)
    return () => this.#detach(key)
  }

  /** The connection was lost (SND5). */
  pause(): void {
    if (this.#phase !== 'sending') return
    this.#phase = 'paused'
    for (const [key, internals] of this.#stopAll()) this.#hold(key, internals)
    this.#clearTimer()
  }

  /** The connection is back: sends every open conversation from its beginning. */
  restart(): void {
    if (this.#phase === 'closed') return
    this.#phase = 'sending'
    for (const [key, internals] of this.#stopAll()) this.#admit(key, internals)
  }

  /** Carries out a command of the inspector, if that is allowed. */
  control({ id, key, command }: ControlMessage): void {
    const entry = this.#all.get(key)
    let error: string | null = null
    if (!this.#options.allowControl)
      error = 'This process does not allow control of its conversations. Allow it with allowControl.'
    else if (!entry) error = 'This conversation is not shown here any more.'
    else {
      try {
        perform(entry.internals, command, this.#options.includeText)
      } catch (cause) {
        error = messageOf(cause)
      }
    }
    this.#port.send({ type: 'done', id, error })
  }

  /** Sends everything that waits, however much it is: the process may be about to end. */
  flush(): void {
    for (const [key, entry] of this.#all) this.#sendAll(key, entry)
  }

  close(): void {
    this.#phase = 'closed'
    for (const key of this.#all.keys()) this.#detach(key)
    this.#clearTimer()
  }

  /** Stops every observation and drops what waits. */
  #stopAll(): readonly (readonly [string, ConversationInternals])[] {
    const all = [...this.#all].map(([key, { internals, stop }]) => {
      stop()
      return [key, internals] as const
    })
    this.#all.clear()
    this.#announced = 0
    return all
  }

  /** Holds a conversation while it is open, to announce it later. */
  #hold(key: string, internals: ConversationInternals): void {
    const { actor } = internals
    const end = () => this.#forget(key)
    if (actor.getSnapshot().status !== 'active') return end()
    const subscription = actor.subscribe({ complete: end, error: end })
    this.#all.set(
      key,
      newEntry(internals, () => subscription.unsubscribe()),
    )
  }

  /** Announces a conversation, or holds it while the inspector has as many as it accepts. */
  #admit(key: string, internals: ConversationInternals): void {
    if (this.#announced >= this.#limits.conversations) this.#hold(key, internals)
    else this.#announce(key, internals)
  }

  /** Removes a conversation. The next one that waits takes its place. */
  #forget(key: string): void {
    const entry = this.#all.get(key)
    if (!this.#all.delete(key) || !entry?.isAnnounced) return
    this.#announced--
    if (this.#phase !== 'sending') return
    const [next, waiting] = [...this.#all].find(([, { isAnnounced }]) => !isAnnounced) ?? []
    if (next === undefined || !waiting) return
    waiting.stop()
    this.#announce(next, waiting.internals)
  }

  #announce(key: string, internals: ConversationInternals): void {
    this.#announced++
    const { includeText, allowControl } = this.#options
    this.#port.send({ type: 'conversation', key, chart: chartFor(internals), allowsControl: allowControl })
    const entry: Entry = { ...newEntry(internals, () => {}), isAnnounced: true }
    this.#all.set(key, entry)
    const observation = observeInternals(
      internals,
      { includeText, limit: 1 },
      (record) => this.#take(key, entry, record),
      // A conversation whose observation failed must not look as if it went on.
      () => this.#detach(key),
    )
    entry.stop = () => observation.stop()
    // Its facts may have exceeded a limit already.
    if (this.#all.get(key) !== entry) observation.stop()
  }

  #take(key: string, entry: Entry, record: InspectionRecord): void {
    if (this.#all.get(key) !== entry) return
    this.#schedule()
    if (entry.queue.length >= queueSize && kindOf(record).isDispensable) {
      entry.lost++
      entry.lastLost = record
      return
    }
    this.#addLoss(entry)
    const fitted = fitRecord(record)
    if (record.type === 'fact') {
      entry.facts++
      entry.factBytes += fitted.bytes
      const { facts, bytesOfConversation } = this.#limits
      // The inspector would close the connection, and with it all other conversations.
      if (entry.facts > facts || entry.factBytes > shareOfFacts * bytesOfConversation) return this.#detach(key)
    }
    entry.queue.push(fitted)
  }

  #addLoss(entry: Entry): void {
    if (!entry.lastLost) return
    entry.queue.push(fitRecord(lostRecord(entry.lastLost, entry.lost)))
    entry.lost = 0
    entry.lastLost = null
  }

  #schedule(): void {
    if (this.#timer !== null) return
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null
      for (const [key, entry] of this.#all) if (this.#port.isReady()) this.#send(key, entry)
      if ([...this.#all.values()].some(({ queue }) => queue.length > 0)) this.#schedule()
    }, frame)
    // Being inspected must not keep the process alive.
    unref(this.#timer)
  }

  #clearTimer(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  #sendAll(key: string, entry: Entry): void {
    while (entry.queue.length > 0) this.#send(key, entry)
  }

  /** Detaches a conversation that can't be sent. The error must not reach the app, in whose tick this may run. */
  #send(key: string, entry: Entry): void {
    try {
      this.#sendBatch(key, entry)
    } catch {
      entry.queue.length = 0
      this.#detach(key)
    }
  }

  #sendBatch(key: string, entry: Entry): void {
    const records = entry.queue.splice(0, endOfBatch(entry.queue)).map(({ record }) => record)
    // There may be no further record that the loss could precede.
    if (entry.queue.length === 0) this.#addLoss(entry)
    if (records.length === 0) return
    this.#port.send({ type: 'records', key, records, state: stateName(entry.internals.actor.getSnapshot().value) })
    this.#offer(key, entry)
    // Nothing follows the end; the inspector keeps what it has.
    if (records.at(-1)?.type === 'ended') this.#forget(key)
  }

  #offer(key: string, entry: Entry): void {
    if (!this.#options.allowControl) return
    const offers = offersOf(entry.internals, this.#options.includeText)
    const json = JSON.stringify(offers)
    if (json === entry.offers) return
    entry.offers = json
    this.#port.send({ type: 'offers', key, offers })
  }

  #detach(key: string): void {
    const entry = this.#all.get(key)
    if (!entry) return
    entry.stop()
    this.#sendAll(key, entry)
    if (entry.isAnnounced) this.#sendGone(key)
    this.#forget(key)
  }

  #sendGone(key: string): void {
    try {
      this.#port.send({ type: 'gone', key })
    } catch {
      // Not even this can be sent.
    }
  }
}

/** How many waiting records go into the next batch: at least one. */
function endOfBatch(queue: readonly Fitted[]): number {
  let bytes = 0
  let end = 0
  for (; end < Math.min(queue.length, batchSize) && bytes < batchBytes; end++) bytes += queue[end]?.bytes ?? 0
  return end
}

const newEntry = (internals: ConversationInternals, stop: () => void): Entry => ({
  internals,
  isAnnounced: false,
  facts: 0,
  factBytes: 0,
  stop,
  queue: [],
  lost: 0,
  lastLost: null,
  offers: '',
})

const charts = new WeakMap<object, ChartDefinition>()

/** The chart of a machine. Made once per config, which `provide()` does not change. */
function chartFor({ actor }: ConversationInternals): ChartDefinition {
  const { config } = actor.logic
  let chart = charts.get(config)
  if (!chart) charts.set(config, (chart = chartOf(actor.logic)))
  return chart
}
