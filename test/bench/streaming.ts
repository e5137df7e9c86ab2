// CPU per delta while a reply streams: everybody against the floor, and the page that reads the whole text.
import { names, pageReaders, textListeners } from './contestants.ts'
import { measure, median, ratio, type Ratio, type Samples, type Series } from './measure.ts'
import { type Delivery, textLength } from './replies.ts'
import { showRatio, table, type Target } from './targets.ts'

export interface Case {
  readonly delivery: Delivery
  readonly deltas: number
  readonly samples: Samples
}

type Plan = Pick<Case, 'delivery' | 'deltas'> & Pick<Series, 'rounds' | 'warmups' | 'turns'>

const urlOf = (port: number, { delivery, deltas }: Plan) => `http://127.0.0.1:${port}/${delivery}/${deltas}`

export async function measureListeners(port: number, plan: Plan): Promise<Case> {
  const series = { ...plan, textLength: textLength(plan.deltas) }
  return { ...plan, samples: await measure(textListeners(urlOf(port, plan)), series) }
}

export async function measurePages(port: number, plan: Plan): Promise<Case> {
  const series = { ...plan, textLength: textLength(plan.deltas) }
  return { ...plan, samples: await measure(pageReaders(urlOf(port, plan)), series) }
}

const samplesOf = ({ samples }: Case, name: string): readonly number[] => samples.get(name) ?? []

const between = (found: Case, name: string, other: string): Ratio =>
  ratio(samplesOf(found, name), samplesOf(found, other))

const microseconds = (found: Case, name: string) => `${median(samplesOf(found, name)).toFixed(2)} µs`

const label = ({ delivery, deltas }: Case) => `${deltas / 1000}k ${delivery === 'packed' ? 'packed' : 'one per chunk'}`

/** Who costs what, in floors. */
export function listenerTable(cases: readonly Case[]): string {
  const row = (name: string) => [
    name,
    ...cases.map((found) =>
      name === names.floor ? `1 = ${microseconds(found, name)}` : showRatio(between(found, name, names.floor)),
    ),
  ]
  return table(['CPU per delta, in floors', ...cases.map(label)], Object.values(names).map(row))
}

export function listenerTargets(cases: readonly Case[]): readonly Target[] {
  const packed = cases.filter(({ delivery }) => delivery === 'packed')
  const details = (found: Case) => microseconds(found, names.turnstate)
  return [
    ...packed
      .filter(({ deltas }) => deltas >= 10_000)
      .flatMap((found) => [
        {
          what: `${label(found)}: turnstate : floor`,
          measured: between(found, names.turnstate, names.floor),
          limit: 1.3,
          details: `${details(found)} per delta`,
        },
        {
          what: `${label(found)}: turnstate : \`messages.stream()\``,
          measured: between(found, names.turnstate, names.stream),
          limit: 0.65,
          details: `${microseconds(found, names.stream)} per delta`,
        },
      ]),
    ...(['packed', 'single'] as const).flatMap((delivery) =>
      growth(cases.filter((found) => found.delivery === delivery)),
    ),
  ]
}

/** The exponent k of CPU ~ deltas^k, between the smallest and the largest reply, and from the middle one up. */
function growth(cases: readonly Case[]): readonly Target[] {
  const last = cases.at(-1)
  if (!last) return []
  return cases.slice(0, -1).map((first) => {
    const [before, after] = [first, last].map((found) => median(samplesOf(found, names.turnstate)))
    const exponent = 1 + Math.log((after ?? Number.NaN) / (before ?? Number.NaN)) / Math.log(last.deltas / first.deltas)
    return {
      what: `growth of a reply's CPU from ${label(first)} to ${last.deltas / 1000}k: exponent`,
      measured: { value: exponent },
      limit: 1.05,
      details: `${microseconds(first, names.turnstate)} → ${microseconds(last, names.turnstate)} per delta`,
    }
  })
}

export const pageTargets = (cases: readonly Case[]): readonly Target[] =>
  cases.map((found) => ({
    what: `${label(found)}, the whole text read at each notification: turnstate : floor`,
    measured: between(found, names.turnstate, names.floor),
    limit: found.deltas >= 50_000 ? 0.02 : 0.1,
    details: `${microseconds(found, names.turnstate)} against ${microseconds(found, names.floor)} per delta`,
  }))
