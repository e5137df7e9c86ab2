// How much is measured: all, or a part that takes a couple of minutes (`--quick`).
import type { Plan, StreamsPlan } from './contest/contest.ts'
import { type Name, names } from './contest/contestants.ts'

/** A reading that is measured, and who is. */
export interface Case extends Plan {
  readonly who: readonly Name[]
}

/** Generations of processes, rounds of each that don't count, and rounds that do. */
type Rounds = readonly [generations: number, warmups: number, rounds: number]

type Of = Partial<Omit<Case, 'slow' | 'generations' | 'warmups' | 'rounds'>>

const none = { generations: 0, warmups: 0, rounds: 0 }

const roundsOf = ([generations, warmups, rounds]: Rounds) => ({ generations, warmups, rounds })

const plan = (deltas: number, rounds: Rounds, slow: Rounds | null, of: Of = {}): Case => ({
  kind: 'text',
  delivery: 'packed',
  withTools: false,
  reader: 'deltas',
  cold: 0,
  turns: 1,
  talks: 'new',
  deltas,
  // Where those who take long have no rounds, a target is measured: the floor and ours.
  who: slow ? names : ['floor', 'turnstate'],
  ...of,
  ...roundsOf(rounds),
  slow: slow ? roundsOf(slow) : none,
})

export interface Plans {
  readonly cases: {
    readonly packed10k: Case
    readonly packed50k: Case
    readonly cold50k: Case
    readonly tools10k: Case
    readonly tools50k: Case
    readonly thinking10k: Case
    readonly thinking50k: Case
    readonly single: Case
    readonly newTurn: Case
    readonly keptTurn: Case
    readonly call2k: Case
    readonly call20k: Case
    readonly page10k: Case
    readonly page50k: Case
  }
  readonly streams: StreamsPlan
  /** For each line of Node. */
  readonly onNode: { readonly packed10k: Case; readonly single: Case; readonly newTurn: Case }
  readonly alone: {
    /** Conversations whose turns are measured. */
    readonly conversations: number
    /** How long a conversation grows, in turns, and how often each thing is done. */
    readonly growth: { readonly turns: number; readonly rounds: number }
  }
}

export type CaseName = keyof Plans['cases']

const cold = 25
const tools: Of = { withTools: true }
const thinking: Of = { kind: 'thinking' }
const single: Of = { delivery: 'single' }
const alsoLean: Of = { who: ['floor', 'turnstate', 'lean'] }
const call: Of = { kind: 'tool-call' }
const page: Of = { reader: 'page' }
const short: Of = { turns: 25 }
const kept: Of = { turns: 25, talks: 'kept' }

// Single packets come at the pace of a network, and a page by hand that reads 600 kB at each of 50,000 deltas takes its time: there is
// none for many rounds of them.
const full: Plans = {
  cases: {
    packed10k: plan(10_000, [5, 0, 12], [1, 0, 6], { cold }),
    packed50k: plan(50_000, [4, 3, 6], [1, 1, 3]),
    cold50k: plan(50_000, [5, 0, 0], null, { cold }),
    tools10k: plan(10_000, [4, 25, 12], null, tools),
    tools50k: plan(50_000, [3, 6, 8], null, tools),
    thinking10k: plan(10_000, [4, 25, 12], null, thinking),
    thinking50k: plan(50_000, [3, 6, 8], null, thinking),
    single: plan(1_000, [3, 3, 6], [2, 2, 3], single),
    newTurn: plan(10, [3, 24, 12], [1, 24, 8], short),
    keptTurn: plan(10, [3, 24, 12], [1, 24, 8], kept),
    call2k: plan(2_000, [4, 20, 12], [2, 3, 4], { ...call, turns: 2 }),
    call20k: plan(20_000, [3, 6, 8], null, call),
    page10k: plan(10_000, [1, 1, 5], null, page),
    page50k: plan(50_000, [1, 0, 1], null, page),
  },
  streams: { count: 200, deltas: 75, rounds: 3 },
  onNode: {
    packed10k: plan(10_000, [4, 0, 10], null, { cold }),
    single: plan(1_000, [2, 2, 5], null, { ...single, ...alsoLean }),
    newTurn: plan(10, [3, 24, 10], null, { ...short, ...alsoLean }),
  },
  alone: { conversations: 30, growth: { turns: 20_000, rounds: 5 } },
}

const quick: Plans = {
  cases: {
    packed10k: plan(10_000, [1, 0, 8], [1, 0, 2], { cold }),
    packed50k: plan(50_000, [1, 2, 3], [1, 0, 1]),
    cold50k: plan(50_000, [1, 0, 0], null, { cold }),
    tools10k: plan(10_000, [1, 20, 8], null, tools),
    tools50k: plan(50_000, [1, 3, 4], null, tools),
    thinking10k: plan(10_000, [1, 20, 8], null, thinking),
    thinking50k: plan(50_000, [1, 3, 4], null, thinking),
    single: plan(1_000, [1, 2, 3], [1, 1, 1], single),
    newTurn: plan(10, [1, 8, 5], [1, 8, 3], short),
    keptTurn: plan(10, [1, 8, 5], [1, 8, 3], kept),
    call2k: plan(2_000, [1, 15, 8], [1, 2, 3], { ...call, turns: 2 }),
    call20k: plan(20_000, [1, 4, 5], null, call),
    page10k: plan(10_000, [1, 1, 3], null, page),
    page50k: plan(50_000, [0, 0, 0], null, page),
  },
  streams: { count: 200, deltas: 40, rounds: 1 },
  onNode: {
    packed10k: plan(10_000, [1, 0, 6], null, { cold }),
    single: plan(1_000, [1, 2, 3], null, { ...single, ...alsoLean }),
    newTurn: plan(10, [1, 8, 5], null, { ...short, ...alsoLean }),
  },
  alone: { conversations: 6, growth: { turns: 20_000, rounds: 1 } },
}

export const plansFor = (isQuick: boolean): Plans => (isQuick ? quick : full)
