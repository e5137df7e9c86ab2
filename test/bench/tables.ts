// The tables of docs/performance.md about deltas, made of what was measured.
import { between, type Found, type FoundOf, type Series, type StreamsFound } from './contest/contest.ts'
import { entryOf, type Name, names } from './contest/contestants.ts'
import { type Figure, figureOf } from './measure.ts'
import type { NodeLine } from './nodes.ts'
import type { CaseName, Plans } from './plans.ts'

/** What the contestants took, as far as it was measured. */
export interface Measured {
  readonly cases: Readonly<Partial<Record<CaseName, FoundOf<Found>>>>
  readonly streams?: FoundOf<StreamsFound>
}

export type OnNode = Readonly<Record<keyof Plans['onNode'], FoundOf<Found>>>

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const digits = (value: number): string => value.toFixed(value < 0.1 ? 3 : value < 9.95 ? 2 : value < 99.5 ? 1 : 0)

/** `0.83 (0.80–0.88)`: the median and the quartiles. */
export function show({ median, low, high }: Figure, unit = ''): string {
  if (Number.isNaN(median)) return '–'
  const value = `${digits(median)}${unit}`
  return low === undefined || high === undefined ? value : `${value} (${digits(low)}–${digits(high)})`
}

const absolute = (series: Series | undefined, per: number, unit: string): string =>
  show(figureOf([...(series?.values() ?? [])].map((value) => value / per)), unit)

interface Column {
  readonly head: string
  readonly of: (measured: Measured, name: Name) => Series | undefined
  /** The floor's, absolute: what to divide it by. */
  readonly per: number
  readonly unit: string
}

const column = (head: string, name: CaseName, per: number, kind: keyof Found = 'warm'): Column => ({
  head,
  of: ({ cases }, contestant) => cases[name]?.get(contestant)?.[kind],
  per,
  unit: ' µs',
})

const columnsOf = ({ cases, streams }: Plans): readonly Column[] => [
  column('10k packed', 'packed10k', cases.packed10k.deltas),
  column('10k packed, cold', 'packed10k', cases.packed10k.deltas, 'cold'),
  column('50k packed', 'packed50k', cases.packed50k.deltas),
  column('one per packet', 'single', cases.single.deltas),
  column('tool call of 2k', 'call2k', cases.call2k.deltas),
  column('turn of 10, new conversation', 'newTurn', 1),
  column('turn of 10, kept conversation', 'keptTurn', 1),
  { head: `${streams.count} streams`, of: (found, name) => found.streams?.get(name)?.cpu, per: 1, unit: ' µs' },
  {
    head: `${streams.count} streams: p99 latency`,
    of: (found, name) => found.streams?.get(name)?.p99,
    per: 1,
    unit: ' ms',
  },
]

/** Everybody in floors; the floor's own row says what that is. `null`: nothing of it was measured. */
export function contestantsTable(measured: Measured, plans: Plans): string | null {
  const columns = columnsOf(plans).filter(({ of }) => of(measured, 'floor'))
  if (columns.length === 0) return null
  const cell = (name: Name, { of, per, unit }: Column): string =>
    name === 'floor'
      ? absolute(of(measured, name), per, unit)
      : show(between(of(measured, name), of(measured, 'floor')))
  return table(
    ['CPU', ...columns.map(({ head }) => head)],
    names.map((name) => [entryOf(name).title, ...columns.map((of) => cell(name, of))]),
  )
}

/** A figure and what it is to reach; `null`: was not measured. */
interface Target {
  readonly figure: Figure | null
  readonly limit: number
  readonly unit?: string
}

/** One row of targets. */
export interface TargetRow {
  readonly what: string
  readonly targets: readonly Target[]
}

/** Rows of which all was measured; `null`: there are none. */
export function targetsTable(rows: readonly TargetRow[]): string | null {
  const measured = rows.filter(({ targets }) => targets.every(({ figure }) => figure && !Number.isNaN(figure.median)))
  if (measured.length === 0) return null
  const shown = ({ figure, unit }: Target) => (figure ? show(figure, unit) : '–')
  const verdict = ({ figure, limit }: Target) => (figure && figure.median <= limit ? 'ok' : '**over**')
  return table(
    ['', 'measured', 'to reach', ''],
    measured.map(({ what, targets }) => [
      what,
      targets.map(shown).join(' / '),
      targets.map(({ limit, unit = '' }) => `≤ ${limit}${unit}`).join(' / '),
      targets.map(verdict).join(' / '),
    ]),
  )
}

/** The floor and turnstate on each line of Node, each in floors of its own line. */
export function nodesTable(lines: readonly NodeLine[], plans: Plans['onNode'], found: OnNode): string {
  const row = ({ version }: NodeLine): readonly string[] => {
    const of = (name: keyof OnNode, who: Name, kind: keyof Found = 'warm') =>
      found[name].get(`${who}@${version}`)?.[kind]
    const floor = (name: keyof OnNode, per: number) => absolute(of(name, 'floor'), per, ' µs')
    const ours = (name: keyof OnNode, who: Name, kind: keyof Found = 'warm') =>
      show(between(of(name, who, kind), of(name, 'floor', kind)))
    return [
      version,
      floor('packed10k', plans.packed10k.deltas),
      ours('packed10k', 'turnstate'),
      ours('packed10k', 'turnstate', 'cold'),
      floor('single', plans.single.deltas),
      ours('single', 'turnstate'),
      ours('single', 'lean'),
      floor('newTurn', 1),
      ours('newTurn', 'turnstate'),
      ours('newTurn', 'lean'),
    ]
  }
  const head = [
    'Node',
    'floor, 10k packed',
    'turnstate',
    'cold',
    'floor, one per packet',
    'turnstate',
    'with `leanFetch()`',
    'floor, turn of 10',
    'turnstate, new conversation',
    'with `leanFetch()`',
  ]
  return table(head, lines.map(row))
}
