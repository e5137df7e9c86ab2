// Sends the records of conversations to an inspector: in batches, a bounded number at a time, so that an app is never held
// up by who looks at it. What is too much is counted and left out; facts never are.
import { stateName } from '../../conversation/state-changes.ts'
import { type Clock, systemClock, unref } from '../../clock.ts'
import { messageOf } from '../../errors.ts'
import { type ChartDefinition, chartOf } from '../chart/definition.ts'
import { observeWatched } from '../observe/observe.ts'
import { lostRecord } from '../observe/lost-record.ts'
import type { InspectionRecord } from '../observe/records.ts'
import { type Observable, type Watched, watchedOf } from '../observe/watched.ts'
import type { AppMessage, ControlMessage } from '../wire/messages.ts'
import { type Fitted, fitRecord } from '../wire/fit-record.ts'
import { offersOf, perform } from './offers.ts'

/** Milliseconds between two batches. */
const frame = 50

/** Records of a batch, its bytes, and records that wait for theirs. */
const batchSize = 400
const batchBytes = 512 * 1024
const queueSize = 2_000

export interface SenderOptions {
  readonly includeText: boolean
  readonly allowControl: boolean
  readonly clock?: Clock
}

/** Where batches go. */
export interface Port {
  /** Somebody listens, and has taken what was sent before. */
  readonly isReady: () => boolean
  readonly send: (message: AppMessage) => void
}

interface Sent {
  readonly watched: Watched
  stop: () => void
  readonly queue: Fitted[]
  lost: number
  /** The last record that was left out, until the loss is told. */
  lastLost: InspectionRecord | null
  offers: string
}

/** Conversations are counted across the connections of a process: an inspector knows them by process and number. */
let count = 0

export class Sender {
  readonly #port: Port
  readonly #options: SenderOptions
  readonly #clock: Clock
  readonly #all = new Map<string, Sent>()
  #phase: 'sending' | 'paused' | 'closed' = 'sending'
  #timer: unknown = null

  constructor(port: Port, options: SenderOptions) {
    this.#port = port
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  /** @throws TurnstateError `invalid-option` for what is no conversation */
  attach(conversation: Observable): () => void {
    const key = `${++count}`
    const watched = watchedOf(conversation)
    if (this.#phase === 'sending') this.#watch(key, watched)
    if (this.#phase === 'paused') this.#await(key, watched)
    return () => this.#detach(key)
  }

  /** Nobody is there to be told: nothing is watched, or kept, but the conversations that go on. */
  pause(): void {
    if (this.#phase !== 'sending') return
    this.#phase = 'paused'
    for (const [key, { watched, stop }] of this.#all) {
      stop()
      this.#await(key, watched)
    }
    this.#clearTimer()
  }

  /** Tells of every conversation that goes on, from the beginning. */
  restart(): void {
    if (this.#phase === 'closed') return
    this.#phase = 'sending'
    for (const [key, { watched, stop }] of this.#all) {
      stop()
      this.#watch(key, watched)
    }
  }

  /** Does what the inspector asks, if it may. */
  control({ id, key, command }: ControlMessage): void {
    const sent = this.#all.get(key)
    let error: string | null = null
    if (!this.#options.allowControl)
      error = 'This process lets nobody control its conversations: allow it with allowControl.'
    else if (!sent) error = 'There is no such conversation here any more.'
    else {
      try {
        perform(sent.watched, command, this.#options.includeText)
      } catch (cause) {
        error = messageOf(cause)
      }
    }
    this.#port.send({ type: 'done', id, error })
  }

  /** Sends what waits, now, however much it is: the process may be about to end. */
  flush(): void {
    for (const [key, sent] of this.#all) this.#sendAll(key, sent)
  }

  close(): void {
    this.#phase = 'closed'
    for (const key of this.#all.keys()) this.#detach(key)
    this.#clearTimer()
  }

  /** Keeps a conversation, for as long as it goes on, to be told of later. */
  #await(key: string, watched: Watched): void {
    const { actor } = watched
    const end = () => void this.#all.delete(key)
    if (actor.getSnapshot().status !== 'active') return end()
    const subscription = actor.subscribe({ complete: end, error: end })
    this.#all.set(
      key,
      nothingSent(watched, () => subscription.unsubscribe()),
    )
  }

  #watch(key: string, watched: Watched): void {
    const { includeText, allowControl } = this.#options
    this.#port.send({ type: 'conversation', key, chart: chartFor(watched), allowsControl: allowControl })
    const sent = nothingSent(watched, () => {})
    this.#all.set(key, sent)
    const observation = observeWatched(
      watched,
      { includeText, limit: 1 },
      (record) => this.#take(sent, record),
      // What can't be watched any more must not look as if it went on.
      () => this.#detach(key),
    )
    sent.stop = () => observation.stop()
  }

  #take(sent: Sent, record: InspectionRecord): void {
    this.#schedule()
    if (sent.queue.length >= queueSize && isDispensable(record)) {
      sent.lost++
      sent.lastLost = record
      return
    }
    this.#tellLoss(sent)
    sent.queue.push(fitRecord(record))
  }

  #tellLoss(sent: Sent): void {
    if (!sent.lastLost) return
    sent.queue.push(fitRecord(lostRecord(sent.lastLost, sent.lost)))
    sent.lost = 0
    sent.lastLost = null
  }

  #schedule(): void {
    if (this.#timer !== null) return
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null
      for (const [key, sent] of this.#all) if (this.#port.isReady()) this.#send(key, sent)
      if ([...this.#all.values()].some(({ queue }) => queue.length > 0)) this.#schedule()
    }, frame)
    // To be looked at is no reason to stay alive.
    unref(this.#timer)
  }

  #clearTimer(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  #sendAll(key: string, sent: Sent): void {
    while (sent.queue.length > 0) this.#send(key, sent)
  }

  /** One that can't be told of is let go of: nothing of it may reach the app, in whose tick this is. */
  #send(key: string, sent: Sent): void {
    try {
      this.#sendBatch(key, sent)
    } catch {
      sent.queue.length = 0
      this.#detach(key)
    }
  }

  #sendBatch(key: string, sent: Sent): void {
    const records = sent.queue.splice(0, endOfBatch(sent.queue)).map(({ record }) => record)
    // Nothing may come any more that the loss could be told before.
    if (sent.queue.length === 0) this.#tellLoss(sent)
    if (records.length === 0) return
    this.#port.send({ type: 'records', key, records, state: stateName(sent.watched.actor.getSnapshot().value) })
    this.#offer(key, sent)
    // Nothing comes after the end; the inspector keeps what came before.
    if (records.at(-1)?.type === 'ended') this.#all.delete(key)
  }

  #offer(key: string, sent: Sent): void {
    if (!this.#options.allowControl) return
    const offers = offersOf(sent.watched, this.#options.includeText)
    const json = JSON.stringify(offers)
    if (json === sent.offers) return
    sent.offers = json
    this.#port.send({ type: 'offers', key, offers })
  }

  #detach(key: string): void {
    const sent = this.#all.get(key)
    if (!sent) return
    sent.stop()
    this.#sendAll(key, sent)
    this.#all.delete(key)
    this.#port.send({ type: 'gone', key })
  }
}

/** How many of what waits go at once: one at least. */
function endOfBatch(queue: readonly Fitted[]): number {
  let bytes = 0
  let end = 0
  for (; end < Math.min(queue.length, batchSize) && bytes < batchBytes; end++) bytes += queue[end]?.bytes ?? 0
  return end
}

const nothingSent = (watched: Watched, stop: () => void): Sent => ({
  watched,
  stop,
  queue: [],
  lost: 0,
  lastLost: null,
  offers: '',
})

/** What may be left out: facts, and what tells how to read them, may not. */
const isDispensable = ({ type }: InspectionRecord): boolean =>
  type === 'event' || type === 'transition' || type === 'ignored' || type.startsWith('actor.') || type === 'request'

const charts = new WeakMap<object, ChartDefinition>()

/** The chart of the machine as it is written: what was provided to it does not change it. */
function chartFor({ actor }: Watched): ChartDefinition {
  const { config } = actor.logic
  let chart = charts.get(config)
  if (!chart) charts.set(config, (chart = chartOf(actor.logic)))
  return chart
}
