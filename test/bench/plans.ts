// How often what is measured.
import type { Plan } from './cases.ts'

export interface Plans {
  readonly text: readonly Plan[]
  readonly withTools: readonly Plan[]
  readonly thinking: readonly Plan[]
  readonly toolCall: readonly Plan[]
  /** Those that parse what came before with each fragment, so there is no time for many rounds of them. */
  readonly parsers: readonly Plan[]
  readonly pages: readonly Plan[]
  /** Conversations whose turns are measured. */
  readonly conversations: number
  readonly conversationsWithTools: number
  /** How long a conversation grows, in turns, and how often each thing is done. */
  readonly growth: { readonly turns: number; readonly rounds: number }
}

/** Deltas, rounds that count, rounds before them that don't, and turns that make up a sample. */
type Size = readonly [deltas: number, rounds: number, warmups: number, turns: number]

const plan =
  (of: Partial<Plan>) =>
  ([deltas, rounds, warmups, turns]: Size): Plan => ({
    kind: 'text',
    delivery: 'packed',
    withTools: false,
    ...of,
    deltas,
    rounds,
    warmups,
    turns,
  })

const sizes = (list: readonly Size[], of: Partial<Plan> = {}): readonly Plan[] => list.map(plan(of))

// Single chunks come at the pace of a network, so there is no time for many rounds of them.
// A floor that reads 600 kB at each of 50,000 deltas takes its time: once is enough to see it.
const full: Plans = {
  text: [
    ...sizes([
      [1_000, 25, 30, 8],
      [10_000, 41, 10, 1],
      [50_000, 25, 3, 1],
    ]),
    ...sizes(
      [
        [1_000, 7, 2, 4],
        [10_000, 5, 0, 1],
        [50_000, 2, 0, 1],
      ],
      { delivery: 'single' },
    ),
  ],
  withTools: sizes(
    [
      [10_000, 41, 5, 1],
      [50_000, 25, 2, 1],
    ],
    { withTools: true },
  ),
  thinking: sizes(
    [
      [10_000, 41, 5, 1],
      [50_000, 15, 2, 1],
    ],
    { kind: 'thinking' },
  ),
  toolCall: sizes(
    [
      [500, 15, 15, 8],
      [2_000, 25, 15, 4],
      [20_000, 25, 3, 1],
    ],
    { kind: 'tool-call' },
  ),
  parsers: sizes(
    [
      [500, 9, 5, 4],
      [2_000, 9, 2, 1],
      [8_000, 1, 0, 1],
    ],
    { kind: 'tool-call' },
  ),
  pages: sizes([
    [10_000, 9, 1, 1],
    [50_000, 1, 0, 1],
  ]),
  conversations: 30,
  conversationsWithTools: 10,
  growth: { turns: 20_000, rounds: 5 },
}

const quick: Plans = {
  text: [
    ...sizes([
      [1_000, 7, 15, 4],
      [10_000, 9, 6, 1],
      [50_000, 5, 1, 1],
    ]),
    ...sizes(
      [
        [1_000, 3, 2, 1],
        [10_000, 2, 0, 1],
      ],
      { delivery: 'single' },
    ),
  ],
  withTools: sizes([[10_000, 9, 3, 1]], { withTools: true }),
  thinking: sizes([[10_000, 9, 3, 1]], { kind: 'thinking' }),
  toolCall: sizes(
    [
      [500, 7, 15, 4],
      [2_000, 7, 8, 4],
      [8_000, 7, 3, 1],
    ],
    { kind: 'tool-call' },
  ),
  parsers: sizes(
    [
      [500, 3, 3, 2],
      [2_000, 3, 1, 1],
    ],
    { kind: 'tool-call' },
  ),
  pages: sizes([[10_000, 3, 1, 1]]),
  conversations: 6,
  conversationsWithTools: 2,
  growth: { turns: 20_000, rounds: 1 },
}

export const plans: Plans = process.argv.includes('--quick') ? quick : full
