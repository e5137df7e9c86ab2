// CPU per delta while a reply streams: everybody against the floor, and the page that reads the whole text.
import { between, type Case, exponent, label, microseconds, type Plan, sizeOf } from './cases.ts'
import { names, pageReaders, wordListeners } from './contestants.ts'
import { type Contestant, measure } from './measure.ts'
import { readLength } from './replies.ts'
import { showRatio, table, type Target } from './targets.ts'
import { inputListeners, inputParsers } from './tool-call.ts'

export const measureListeners = (port: number, plan: Plan): Promise<Case> =>
  measureCase(plan, listenersFor(urlOf(port, plan), plan))

export const measurePages = (port: number, plan: Plan): Promise<Case> =>
  measureCase(plan, pageReaders(urlOf(port, plan)))

export const measureParsers = (port: number, plan: Plan): Promise<Case> =>
  measureCase(plan, inputParsers(urlOf(port, plan)))

const urlOf = (port: number, { kind, delivery, deltas }: Plan) =>
  `http://127.0.0.1:${port}/${kind}/${delivery}/${deltas}`

const listenersFor = (url: string, { kind, withTools }: Plan): readonly Contestant[] =>
  kind === 'tool-call' ? inputListeners(url) : wordListeners(url, withTools)

async function measureCase(plan: Plan, contestants: readonly Contestant[]): Promise<Case> {
  const series = { ...plan, readLength: readLength(plan.kind, plan.deltas) }
  return { ...plan, samples: await measure(contestants, series) }
}

/** Who costs what, in floors; and how that grows, where the cases differ in nothing but their size. */
export function listenerTable(cases: readonly Case[]): string {
  const [first, last] = cases.slice(-2)
  const growing = first && last && cases.every((found) => isAlike(found, first)) ? { first, last } : null
  const row = (name: string) => [
    name,
    ...cases.map((found) =>
      name === names.floor ? `1 = ${microseconds(found, name)}` : showRatio(between(found, name, names.floor)),
    ),
    ...(growing ? [exponent(growing.first, growing.last, name).toFixed(2)] : []),
  ]
  const head = [
    'CPU per delta, in floors',
    ...cases.map(label),
    ...(growing ? [`exponent of growth, ${sizeOf(growing.first)} to ${sizeOf(growing.last)}`] : []),
  ]
  return table(head, [...(last?.samples.keys() ?? [])].map(row))
}

const isAlike = (one: Case, other: Case) =>
  one.kind === other.kind && one.delivery === other.delivery && one.withTools === other.withTools

/** What holds for the larger of packed replies. */
export interface Limits {
  readonly from: number
  readonly floor?: number
  readonly stream: number
}

export function listenerTargets(cases: readonly Case[], limits: Limits): readonly Target[] {
  const large = cases.filter(({ delivery, deltas }) => delivery === 'packed' && deltas >= limits.from)
  return [
    ...large.flatMap((found) => [
      ...(limits.floor === undefined ? [] : [against(found, names.floor, limits.floor, names.turnstate)]),
      against(found, names.stream, limits.stream, names.stream),
    ]),
    ...(['packed', 'single'] as const).flatMap((delivery) =>
      growth(cases.filter((found) => found.delivery === delivery)),
    ),
  ]
}

const against = (found: Case, other: string, limit: number, shown: string): Target => ({
  what: `${label(found)}: turnstate : ${other.replace('SDK ', '')}`,
  measured: between(found, names.turnstate, other),
  limit,
  details: `${microseconds(found, shown)} per delta`,
})

/** From each of the smaller replies to the largest. */
function growth(cases: readonly Case[]): readonly Target[] {
  const last = cases.at(-1)
  if (!last) return []
  return cases.slice(0, -1).map((first) => ({
    what: `growth of a reply's CPU from ${label(first)} to ${sizeOf(last)}: exponent`,
    measured: { value: exponent(first, last, names.turnstate) },
    limit: 1.05,
    details: `${microseconds(first, names.turnstate)} → ${microseconds(last, names.turnstate)} per delta`,
  }))
}

export const pageTargets = (cases: readonly Case[]): readonly Target[] =>
  cases.map((found) => ({
    what: `${label(found)}, the whole text read at each notification: turnstate : floor`,
    measured: between(found, names.turnstate, names.floor),
    limit: found.deltas >= 50_000 ? 0.02 : 0.1,
    details: `${microseconds(found, names.turnstate)} against ${microseconds(found, names.floor)} per delta`,
  }))
