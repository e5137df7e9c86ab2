// Sends the records of conversations to an inspector: in batches, a bounded number at a time, so that an app is never held
// up by who looks at it. What is too much is counted and left out; facts never are.
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

/** Records of a batch, its bytes, and records that wait for theirs. */
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
  /** Somebody listens, and has taken what was sent before. */
  readonly isReady: () => boolean
  readonly send: (message: AppMessage) => void
}

/** Of the bytes of a conversation, the share of its facts. The inspector counts its chart and its offers besides. */
const shareOfFacts = 0.9

interface Sent {
  readonly internals: ConversationInternals
  /** Whether it is told of. If not, it waits for that. */
  readonly isTold: boolean
  facts: number
  factBytes: number
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
  readonly #limits: ProcessLimits
  readonly #all = new Map<string, Sent>()
  #phase: 'sending' | 'paused' | 'closed' = 'sending'
  #timer: unknown = null
  /** Conversations that are told of. */
  #told = 0

  constructor(port: Port, options: SenderOptions) {
    this.#port = port
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#limits = options.limits ?? processLimits
  }

  /** @throws TurnstateError `invalid-option` for what is no conversation */
  attach(conversation: ObservedConversation): () => void {
    const key = `${++count}`
    const internals = internalsOf(conversation)
    if (this.#phase === 'sending') this.#admit(key, internals)
    if (this.#phase === 'paused') this.#await(key, internals)
    return () => this.#detach(key)
  }

  /** Nobody is there to be told: nothing is internals, or kept, but the conversations that go on. */
  pause(): void {
    if (this.#phase !== 'sending') return
    this.#phase = 'paused'
    for (const [key, internals] of this.#stopAll()) this.#await(key, internals)
    this.#clearTimer()
  }

  /** Tells of every conversation that goes on, from the beginning. */
  restart(): void {
    if (this.#phase === 'closed') return
    this.#phase = 'sending'
    for (const [key, internals] of this.#stopAll()) this.#admit(key, internals)
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
        perform(sent.internals, command, this.#options.includeText)
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

  /** Ends every observation. What waits to be sent is let go of. */
  #stopAll(): readonly (readonly [string, ConversationInternals])[] {
    const all = [...this.#all].map(([key, { internals, stop }]) => {
      stop()
      return [key, internals] as const
    })
    this.#all.clear()
    this.#told = 0
    return all
  }

  /** Keeps a conversation, for as long as it goes on, to be told of later. */
  #await(key: string, internals: ConversationInternals): void {
    const { actor } = internals
    const end = () => this.#forget(key)
    if (actor.getSnapshot().status !== 'active') return end()
    const subscription = actor.subscribe({ complete: end, error: end })
    this.#all.set(
      key,
      nothingSent(internals, () => subscription.unsubscribe()),
    )
  }

  /** Tells of a conversation, or has it wait where as many are told of as an inspector takes. */
  #admit(key: string, internals: ConversationInternals): void {
    if (this.#told >= this.#limits.conversations) this.#await(key, internals)
    else this.#watch(key, internals)
  }

  /** It is over, or not told of any more: the next that waits has its place. */
  #forget(key: string): void {
    const sent = this.#all.get(key)
    if (!this.#all.delete(key) || !sent?.isTold) return
    this.#told--
    if (this.#phase !== 'sending') return
    const [next, waiting] = [...this.#all].find(([, { isTold }]) => !isTold) ?? []
    if (next === undefined || !waiting) return
    waiting.stop()
    this.#watch(next, waiting.internals)
  }

  #watch(key: string, internals: ConversationInternals): void {
    this.#told++
    const { includeText, allowControl } = this.#options
    this.#port.send({ type: 'conversation', key, chart: chartFor(internals), allowsControl: allowControl })
    const sent: Sent = { ...nothingSent(internals, () => {}), isTold: true }
    this.#all.set(key, sent)
    const observation = observeInternals(
      internals,
      { includeText, limit: 1 },
      (record) => this.#take(key, sent, record),
      // What can't be internals any more must not look as if it went on.
      () => this.#detach(key),
    )
    sent.stop = () => observation.stop()
    // It may have been too much already.
    if (this.#all.get(key) !== sent) observation.stop()
  }

  #take(key: string, sent: Sent, record: InspectionRecord): void {
    if (this.#all.get(key) !== sent) return
    this.#schedule()
    if (sent.queue.length >= queueSize && kindOf(record).isDispensable) {
      sent.lost++
      sent.lastLost = record
      return
    }
    this.#tellLoss(sent)
    const fitted = fitRecord(record)
    if (record.type === 'fact') {
      sent.facts++
      sent.factBytes += fitted.bytes
      const { facts, bytesOfConversation } = this.#limits
      // An inspector would end the connection, and with it what it shows of other conversations.
      if (sent.facts > facts || sent.factBytes > shareOfFacts * bytesOfConversation) return this.#detach(key)
    }
    sent.queue.push(fitted)
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
    this.#port.send({ type: 'records', key, records, state: stateName(sent.internals.actor.getSnapshot().value) })
    this.#offer(key, sent)
    // Nothing comes after the end; the inspector keeps what came before.
    if (records.at(-1)?.type === 'ended') this.#forget(key)
  }

  #offer(key: string, sent: Sent): void {
    if (!this.#options.allowControl) return
    const offers = offersOf(sent.internals, this.#options.includeText)
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
    if (sent.isTold) this.#sayGone(key)
    this.#forget(key)
  }

  #sayGone(key: string): void {
    try {
      this.#port.send({ type: 'gone', key })
    } catch {
      // Nobody can be told, which is what this was about.
    }
  }
}

/** How many of what waits go at once: one at least. */
function endOfBatch(queue: readonly Fitted[]): number {
  let bytes = 0
  let end = 0
  for (; end < Math.min(queue.length, batchSize) && bytes < batchBytes; end++) bytes += queue[end]?.bytes ?? 0
  return end
}

const nothingSent = (internals: ConversationInternals, stop: () => void): Sent => ({
  internals,
  isTold: false,
  facts: 0,
  factBytes: 0,
  stop,
  queue: [],
  lost: 0,
  lastLost: null,
  offers: '',
})

const charts = new WeakMap<object, ChartDefinition>()

/** The chart of the machine as it is written: what was provided to it does not change it. */
function chartFor({ actor }: ConversationInternals): ChartDefinition {
  const { config } = actor.logic
  let chart = charts.get(config)
  if (!chart) charts.set(config, (chart = chartOf(actor.logic)))
  return chart
}
