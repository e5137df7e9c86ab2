// Invalid charts that a process or a file may send.
import * as fc from 'fast-check'
import type { ChartDefinition, ChartState, ChartTransition } from '../../src/inspect/chart/definition.ts'

/** Few ids, so that states collide: cycles, duplicates, missing parents. */
const id = fc.constantFrom('', 'a', 'b', 'c', 'a.b', 'd', '__proto__', '/', 'a/initial')
const nothing = fc.constant<string | null>(null)

const state: fc.Arbitrary<ChartState> = fc.record({
  id,
  key: fc.string({ maxLength: 5 }),
  type: fc.constantFrom('atomic', 'compound', 'parallel', 'final', 'history'),
  parent: fc.oneof(nothing, id),
  initial: fc.oneof(nothing, id),
  tags: fc.constant<readonly string[]>([]),
  invokes: fc.array(fc.string({ maxLength: 3 }), { maxLength: 2 }),
})

const transition: fc.Arbitrary<ChartTransition> = fc.record({
  id,
  source: id,
  targets: fc.array(id, { maxLength: 3 }),
  on: fc.constantFrom({ kind: 'event', event: 'go' }, { kind: 'always' }),
  guard: fc.oneof(nothing, fc.constant('may')),
  reenter: fc.boolean(),
})

export const oddChart: fc.Arbitrary<ChartDefinition> = fc.record({
  id: fc.constant('odd'),
  version: fc.constant('1'),
  states: fc.array(state, { maxLength: 12 }),
  transitions: fc.array(transition, { maxLength: 8 }),
})

/** A state, by default a compound child of the machine. */
export const stateOf = (own: string, parent: string | null, more: Partial<ChartState> = {}): ChartState => ({
  id: own,
  key: own,
  type: 'compound',
  parent,
  initial: null,
  tags: [],
  invokes: [],
  ...more,
})

export const chartWith = (
  states: readonly ChartState[],
  transitions: readonly ChartTransition[] = [],
): ChartDefinition => ({ id: 'odd', version: '1', states, transitions })

/** A chart with this many nested states, including the machine. */
export const deepChart = (levels: number): ChartDefinition =>
  chartWith(
    Array.from({ length: levels }, (_, level) =>
      stateOf(level === 0 ? '' : `s${level}`, level === 0 ? null : level === 1 ? '' : `s${level - 1}`),
    ),
  )
