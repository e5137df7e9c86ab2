// What is to be reached: ratios of medians of the same run, to the floor where nothing else is said.
import { between, type Found } from './contest/contest.ts'
import type { Name } from './contest/contestants.ts'
import { type Figure, figureOf } from './measure.ts'
import type { alone } from './measuring.ts'
import type { CaseName } from './plans.ts'
import type { Measured, TargetRow } from './tables.ts'

/** What each part that is measured alone found. */
export type Alone = { readonly [Part in keyof typeof alone]?: Awaited<ReturnType<(typeof alone)[Part]>> | undefined }

const single = (value: number | undefined): Figure | null => (value === undefined ? null : figureOf([value]))

export function targetRows(measured: Measured, { turns, heap, watching, growth }: Alone): readonly TargetRow[] {
  const { streams } = measured
  const target = (name: CaseName, limit: number, kind: keyof Found = 'warm', who: Name = 'turnstate') => {
    const found = measured.cases[name]
    return { figure: between(found?.get(who)?.[kind], found?.get('floor')?.[kind]), limit }
  }
  const toCreate = (kind: 'cpu' | 'p99') => between(streams?.get('lean')?.[kind], streams?.get('create')?.[kind])
  return [
    { what: '10k packed: warm / cold', targets: [target('packed10k', 0.85), target('packed10k', 1.2, 'cold')] },
    { what: '50k packed: warm / cold', targets: [target('packed50k', 0.85), target('cold50k', 1.2, 'cold')] },
    { what: 'with three tools: 10k / 50k packed', targets: [target('tools10k', 0.9), target('tools50k', 0.9)] },
    {
      what: 'nine tenths thinking: 10k / 50k packed',
      targets: [target('thinking10k', 0.9), target('thinking50k', 0.9)],
    },
    {
      what: 'one delta per packet: with `leanFetch()` / with plain `fetch`',
      targets: [target('single', 0.7, 'warm', 'lean'), target('single', 1.05)],
    },
    {
      what: 'a whole turn of 10 deltas: conversation kept / new',
      targets: [target('keptTurn', 1.2), target('newTurn', 1.5)],
    },
    { what: 'tool call of 2,000 / 20,000 fragments', targets: [target('call2k', 1), target('call20k', 1)] },
    {
      what: "a page's reader, the whole text per frame, to one per delta: 10k / 50k packed",
      targets: [target('page10k', 0.019), target('page50k', 0.006)],
    },
    { what: 'turn 200 : turn 2, of 100 deltas, with the request', targets: [{ figure: turns ?? null, limit: 1.1 }] },
    {
      what: '200 streams at 20 ms, with `leanFetch()`, to SDK `create`: CPU / p99 latency',
      targets: [
        { figure: toCreate('cpu'), limit: 0.6 },
        { figure: toCreate('p99'), limit: 1 },
      ],
    },
    {
      what: 'heap per settled turn of 2 kB, to its JSON: as it is / `chat.messages` read',
      targets: [
        { figure: heap?.unread ?? null, limit: 1.3 },
        { figure: heap?.read ?? null, limit: 3 },
      ],
    },
    {
      what: 'watched: per machine event / the same to `@statelyai/inspect`',
      targets: [
        { figure: watching?.each ?? null, limit: 3, unit: ' µs' },
        { figure: watching?.toPeer ?? null, limit: 0.1 },
      ],
    },
    {
      what: '20k turns: fold to `JSON.parse` / turn 20,000 : turn 2, nothing of them sent',
      targets: [
        { figure: single(growth?.foldToParse), limit: 15 },
        { figure: single(growth?.turn), limit: 2 },
      ],
    },
    {
      what: '20k turns: `chat.history` to its JSON, read first / again after a turn',
      targets: [
        { figure: single(growth?.history), limit: 11 },
        { figure: single(growth?.historyAgain), limit: 3 },
      ],
    },
    {
      what: '20k turns, to fold: `chat.branches` / `chat.fork`',
      targets: [
        { figure: single(growth?.branches), limit: 0.2 },
        { figure: single(growth?.fork), limit: 3 },
      ],
    },
  ]
}
