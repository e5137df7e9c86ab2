import type { Drawn } from './drawn.ts'
import type { HostileProgram } from '../program/program.ts'

/** The part of fast-check's `Arbitrary` that is used here. */
export interface Drawing<T> {
  map<U>(change: (drawn: T) => U): Drawing<U>
}

interface Sizes {
  readonly minLength?: number
  readonly maxLength?: number
  readonly size?: 'max'
}

/**
 * The part of the module `fast-check` that is used here; the caller passes the module. `Programs` is its type of arbitrary
 * programs, `fc.Arbitrary<HostileProgram>`.
 */
export interface FastCheck<Programs> {
  nat(max: number): Drawing<number>
  constantFrom<T>(...values: T[]): Drawing<T>
  array<T>(of: Drawing<T>, sizes?: Sizes): Drawing<T[]>
  tuple(
    before: Drawing<Drawn[0]>,
    after: Drawing<Drawn[1]>,
    fields: Drawing<Drawn[2]>,
    rule: Drawing<Drawn[3]>,
    says: Drawing<Drawn[4]>,
    status: Drawing<Drawn[5]>,
    at: Drawing<number>,
    share: Drawing<number>,
    way: Drawing<number>,
  ): { map(make: (drawn: Drawn) => HostileProgram): Programs }
}
