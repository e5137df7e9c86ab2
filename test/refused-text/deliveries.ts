// The delivery of a stream: its chunks, where it is cut, and how it ends.
import { joined } from './wire.ts'

export interface Delivery {
  readonly name: string
  readonly chunks: (events: readonly Uint8Array[]) => readonly Uint8Array[]
  /** The end after the last chunk. `lost`: the connection breaks. */
  readonly ends: 'closed' | 'lost'
  /** Whether each chunk waits for a turn of the event loop, as on a network; otherwise the next one is always available. */
  readonly isPaced: boolean
}

const whole = { ends: 'closed', isPaced: true } as const

export const eventByEvent: Delivery = { ...whole, name: 'event by event', chunks: (events) => events }

export const allAtOnce: Delivery = { ...whole, name: 'all in one chunk', chunks: (events) => [joined(events)] }

/** The next chunk is always available. */
export const inAHurry = (delivery: Delivery): Delivery => ({
  ...delivery,
  name: `${delivery.name}, in a hurry`,
  isPaced: false,
})

/** Splits the stream into chunks that end at these bytes. */
export const splitAt = (...bytes: readonly number[]): Delivery => ({
  ...whole,
  name: `split at byte ${bytes.join(' ')}`,
  chunks: (events) => {
    const all = joined(events)
    const ends = [...new Set([...bytes, all.length])].filter((byte) => byte > 0 && byte <= all.length)
    let from = 0
    return ends.toSorted((a, b) => a - b).map((end) => all.subarray(from, (from = end)))
  },
})

export const cutEndings = ['closed', 'lost', 'malformed'] as const
export type CutEnding = (typeof cutEndings)[number]

const written = (tail: string): Uint8Array => new TextEncoder().encode(tail)

/** An event that is not JSON, and that also breaks an event cut before it. */
const malformed = written('data: {"type":"content_block\n\n')
const overloaded = written(
  'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Busy"}}\n\n',
)

/** Cuts the stream at a byte. */
export const cutAt = (byte: number, ending: CutEnding, from: Delivery = allAtOnce): Delivery => ({
  name: `${from.name}, cut at byte ${byte}: ${ending}`,
  chunks: (events) => {
    let left = byte
    const chunks = from.chunks(events).flatMap((chunk) => {
      const some = chunk.subarray(0, Math.max(0, left))
      left -= chunk.length
      return some.length > 0 ? [some] : []
    })
    return ending === 'malformed' ? [...chunks.slice(0, -1), joined([...chunks.slice(-1), malformed])] : chunks
  },
  ends: ending === 'lost' ? 'lost' : 'closed',
  isPaced: from.isPaced,
})

/** Garbles the event at an index, or inserts an API error before it; the later events still arrive. */
export const failingAt = (index: number, how: 'garbled' | 'overloaded', from: Delivery = allAtOnce): Delivery => ({
  ...from,
  name: `${from.name}, ${how} at event ${index}`,
  chunks: (events) =>
    from.chunks(
      events.map((event, at) => {
        if (at !== index) return event
        return how === 'garbled' ? malformed : joined([overloaded, event])
      }),
    ),
})
