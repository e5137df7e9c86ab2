import { median, ratio, type Ratio, type Samples, type Series } from './measure.ts'
import type { Delivery, ReplyKind } from './replies.ts'

/** The reply that everybody reads. */
export interface Reading {
  readonly kind: ReplyKind
  readonly delivery: Delivery
  readonly deltas: number
  /** The request has tools, which are not called. */
  readonly withTools: boolean
}

export type Plan = Reading & Pick<Series, 'rounds' | 'warmups' | 'turns'>

/** A reading, and what it took. */
export interface Case extends Reading {
  readonly samples: Samples
}

const samplesOf = ({ samples }: Case, name: string): readonly number[] => samples.get(name) ?? []

const medianOf = (found: Case, name: string): number => median(samplesOf(found, name))

export const between = (found: Case, name: string, other: string): Ratio =>
  ratio(samplesOf(found, name), samplesOf(found, other))

export const microseconds = (found: Case, name: string): string => `${medianOf(found, name).toFixed(2)} µs`

/** The exponent k of CPU ~ deltas^k. */
export const exponent = (first: Case, last: Case, name: string): number =>
  1 + Math.log(medianOf(last, name) / medianOf(first, name)) / Math.log(last.deltas / first.deltas)

export const sizeOf = ({ deltas }: Reading): string => (deltas < 1000 ? String(deltas) : `${deltas / 1000}k`)

const kinds = { text: '', thinking: 'thinking, ', 'tool-call': 'tool call, ' }
const deliveries = { packed: 'packed', single: 'one per chunk' }

export const label = (of: Reading): string =>
  `${kinds[of.kind]}${sizeOf(of)} ${deliveries[of.delivery]}${of.withTools ? ', tools on' : ''}`
