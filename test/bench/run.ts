// npm run bench [-- --quick] [-- --only PART,…] [-- --write]: what turnstate costs, as Markdown; `--write` puts it into
// docs/performance.md, and what a cluster costs into docs/capacity.md. Shown, never asserted: but whoever delivers anything else than what was sent ends the run.
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { withParts } from '../scripts/parts.ts'
import { capacityParts } from './cluster/capacity-tables.ts'
import { clusterPlans, measureCluster, writeCluster } from './cluster/measure-cluster.ts'
import { contest, measureAlone, onNodes, withPlace } from './deltas.ts'
import { type CaseName, plansFor } from './plans.ts'
import { servedCosts, servedPlans } from './served.ts'
import { storeCosts } from './stored/stores.ts'
import { storedTurnCosts } from './stored/turns.ts'
import { contestantsTable, nodesTable, targetsTable } from './tables.ts'
import { type Alone, targetRows } from './targets.ts'

const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, write: { type: 'boolean' }, only: { type: 'string' } },
})
const plans = plansFor(values.quick === true)
const usual = ['contestants', 'targets', 'nodes', 'stores', 'served'] as const
const tables = [...usual, 'cluster'] as const
const alone = ['turns', 'heap', 'watching', 'growth'] as const satisfies readonly (keyof Alone)[]
const cases = Object.keys(plans.cases) as readonly CaseName[]
const known: readonly string[] = [...tables, ...cases, 'streams', ...alone]
const asked = new Set(values.only?.split(',') ?? usual)
for (const name of asked) if (!known.includes(name)) throw new Error(`--only takes ${known.join(', ')}; not "${name}".`)
if (values.write && [...asked].some((name) => !tables.includes(name as never)))
  throw new Error(`--write writes whole tables: ${tables.join(', ')}.`)

const started = performance.now()
const progress = (text: string) =>
  void process.stderr.write(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${text}\n`)

/** Where more compete than the floor and ours, it is a column of the table of contestants. */
const ofContestants = (name: CaseName) => plans.cases[name].who.length > 2
const has = (part: CaseName | 'streams'): boolean =>
  asked.has(part) || asked.has('targets') || (asked.has('contestants') && (part === 'streams' || ofContestants(part)))

/** What there is to know about the machine. */
const facts = `${availableParallelism()} cores, Node ${process.versions.node}.`

const versionOf = (path: string): string =>
  JSON.parse(readFileSync(new URL(`../../${path}/package.json`, import.meta.url), 'utf8')).version

function versions(): string {
  const peers = 'test/bench/peers/node_modules'
  const all = {
    SDK: 'node_modules/@anthropic-ai/sdk',
    'AI SDK': 'node_modules/ai',
    LangChain: `${peers}/@langchain/anthropic`,
    'TanStack AI': `${peers}/@tanstack/ai`,
    XState: 'node_modules/xstate',
  }
  return Object.entries(all)
    .map(([name, path]) => `${name} ${versionOf(path)}`)
    .join(', ')
}

/** The parts of docs/performance.md, by the names of their places there. */
const parts: Record<string, string> = {}

const onlyTargets = asked.has('targets') && !asked.has('contestants')
const onlyContestants = asked.has('contestants') && !asked.has('targets')
const isContest = [...asked].some((name) => !['nodes', 'stores', 'served', 'cluster'].includes(name))
if (isContest || asked.has('nodes'))
  await withPlace(progress, async (place) => {
    if (isContest) {
      const measured = await contest(place, plans, { has, who: onlyTargets ? 'targets' : 'all' }, progress)
      const measure = async <Part extends keyof Alone>(part: Part): Promise<Alone[Part]> =>
        asked.has(part) || asked.has('targets') ? measureAlone(part, place, plans, progress) : undefined
      const found: Alone = {
        turns: await measure('turns'),
        heap: await measure('heap'),
        watching: await measure('watching'),
        growth: await measure('growth'),
      }
      const contested = onlyTargets ? null : contestantsTable(measured, plans)
      if (contested) parts['contestants'] = `${contested}\n\n${facts} ${versions()}.`
      // Without the rows that contestants alone do not fill.
      const reached = onlyContestants ? null : targetsTable(targetRows(measured, found))
      if (reached) parts['targets'] = `${reached}\n\n${facts}`
    }
    if (asked.has('nodes')) {
      const { lines, found } = await onNodes(place, plans.onNode, progress)
      parts['nodes'] = `${nodesTable(lines, plans.onNode, found)}\n\n${availableParallelism()} cores.`
    }
  })
if (asked.has('stores')) {
  progress('stores …')
  parts['stores'] = `${await storeCosts()}\n\n${await storedTurnCosts()}\n\n${facts}`
}
if (asked.has('served')) {
  progress('serving …')
  parts['served'] = `${await servedCosts(values.quick ? servedPlans.quick : servedPlans.whole, progress)}\n\n${facts}`
}
if (asked.has('cluster')) {
  const costs = await measureCluster(values.quick ? clusterPlans.quick : clusterPlans.whole, progress)
  process.stdout.write(`${Object.values(capacityParts(costs)).join('\n\n')}\n\n`)
  if (values.write) writeCluster(costs)
}
progress('done')

process.stdout.write(`${Object.values(parts).join('\n\n')}\n`)
if (values.write && Object.keys(parts).length > 0) {
  const page = new URL('../../docs/performance.md', import.meta.url)
  writeFileSync(page, withParts(readFileSync(page, 'utf8'), parts))
}
