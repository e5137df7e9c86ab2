// Measures a cluster on one Postgres of this machine: how many turns it answers, and what each thing takes.
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { withParts } from '../../scripts/parts.ts'
import { capacityParts } from './capacity-tables.ts'
import { ceilings, type CeilingsPlan } from './ceilings.ts'
import { type Costs, costsFile } from './costs.ts'
import { Place } from './place.ts'
import { stopTimes, type ThroughputPlan, throughputs } from './throughput.ts'
import { unitCosts, type UnitsPlan } from './units.ts'

export interface ClusterPlan {
  readonly throughput: ThroughputPlan
  readonly units: UnitsPlan
  readonly ceilings: CeilingsPlan
}

export const clusterPlans: Readonly<Record<'whole' | 'quick', ClusterPlan>> = {
  whole: {
    throughput: { clients: [32, 96], seconds: 6, clusters: [1, 2, 4], stops: 20 },
    units: { conversations: 100, streams: 8, seconds: 10 },
    ceilings: { seconds: 2, connections: [4, 16] },
  },
  quick: {
    throughput: { clients: [24], seconds: 3, clusters: [1, 2], stops: 3 },
    units: { conversations: 20, streams: 4, seconds: 4 },
    ceilings: { seconds: 0.5, connections: [1, 8] },
  },
}

export async function measureCluster(plan: ClusterPlan, progress: (text: string) => void): Promise<Costs> {
  const [load = 0] = loadavg()
  const place = await Place.begin()
  try {
    const { admin } = await place.database()
    const { rows } = await admin.query<{ readonly server_version: string }>('show server_version')
    return rounded({
      machine: `${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? 'an unknown kind'}, Node ${process.versions.node}`,
      postgres: `Postgres ${rows[0]?.server_version ?? ''} with its default settings, on the same machine`,
      load,
      ...(await unitCosts(place, plan.units, progress)),
      stop: await stopTimes(place, plan.throughput, progress),
      throughput: await throughputs(place, plan.throughput, progress),
      // Last: what it leaves behind is vacuumed for a while, and the log of that would be counted.
      ceilings: await ceilings(place, plan.ceilings, progress),
    })
  } finally {
    await place.end()
  }
}

/** Keeps the costs, and writes them to docs/capacity.md. */
export function writeCluster(costs: Costs): void {
  writeFileSync(costsFile, `${JSON.stringify(costs, null, 2)}\n`)
  const page = new URL('../../../docs/capacity.md', import.meta.url)
  writeFileSync(page, withParts(readFileSync(page, 'utf8'), capacityParts(costs)))
}

/** Four digits are more than a measurement has. */
const rounded = (costs: Costs): Costs =>
  JSON.parse(
    JSON.stringify(costs, (_, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value)),
  ) as Costs
