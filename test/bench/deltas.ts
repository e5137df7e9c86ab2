// Runs what is measured about deltas: the contestants, what is ours alone, and the lines of Node.
import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle, programOf } from '../scripts/programs.ts'
import { compete, type Entrant, type Found, type FoundOf, type Place, streamAtOnce } from './contest/contest.ts'
import { type Name, names } from './contest/contestants.ts'
import { nodeLines, type NodeLine } from './nodes.ts'
import type { Case, CaseName, Plans } from './plans.ts'
import type { OnNode, Measured } from './tables.ts'
import type { Alone } from './targets.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const peers = join(root, 'test/bench/peers')
const programs = ['test/bench/contest/answering.ts', 'test/bench/contest/competing.ts', 'test/bench/measuring.ts']

export type Progress = (text: string) => void

/** The packages of peers that only the bench uses: installed once, with the first run. */
function installPeers(progress: Progress): void {
  if (existsSync(join(peers, 'node_modules/.package-lock.json'))) return
  progress('installing peers …')
  execFileSync('npm', ['ci', '--prefix', peers], { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Has the programs made and the server started, for as long as something runs. */
export async function withPlace<Result>(progress: Progress, run: (place: Place) => Promise<Result>): Promise<Result> {
  installPeers(progress)
  // As deep in the project as the sources of the bench, whose paths to the compiled package and to the peers are relative.
  const folder = mkdtempSync(join(root, 'node_modules/.bench-'))
  let server: ChildProcess | null = null
  try {
    await bundle(programs, folder)
    server = fork(programOf(folder, 'contest/answering.ts'), { execArgv: [] })
    const [port] = await once(server, 'message')
    return await run({ programs: folder, port: Number(port) })
  } finally {
    server?.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

const entrant = (name: Name): Entrant => ({ id: name, name, node: process.execPath })

/** Whom targets need: the floor and ours, and of many streams the SDK. */
const rivals: readonly Name[] = ['floor', 'create', 'turnstate', 'lean']

/** The cases of these names, and the streams. `who` leaves out contestants that are not asked for. */
export async function contest(
  place: Place,
  plans: Plans,
  asked: { readonly has: (part: CaseName | 'streams') => boolean; readonly who: 'all' | 'targets' },
  progress: Progress,
): Promise<Measured> {
  const competing = (who: readonly Name[]) =>
    who.filter((name) => asked.who === 'all' || rivals.includes(name)).map(entrant)
  const cases: Partial<Record<CaseName, FoundOf<Found>>> = {}
  for (const [name, plan] of Object.entries(plans.cases) as [CaseName, Case][]) {
    if (!asked.has(name)) continue
    progress(`${name} …`)
    cases[name] = await compete(competing(plan.who), place, plan)
  }
  if (!asked.has('streams')) return { cases }
  progress('streams …')
  return { cases, streams: await streamAtOnce(competing(names), place, plans.streams) }
}

/** One part, in a process of its own. */
export async function measureAlone<Part extends keyof Alone>(
  part: Part,
  place: Place,
  plans: Plans,
  progress: Progress,
): Promise<Alone[Part]> {
  progress(`${part} …`)
  const child = fork(programOf(place.programs, 'measuring.ts'), [part, JSON.stringify(plans.alone)], {
    execArgv: ['--expose-gc'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const [found] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error(`${part} ended by itself.`)
    }),
  ])
  return found as Alone[Part]
}

/** The floor and ours, on each line of Node. */
export async function onNodes(
  place: Place,
  plans: Plans['onNode'],
  progress: Progress,
): Promise<{ readonly lines: readonly NodeLine[]; readonly found: OnNode }> {
  progress('fetching Node …')
  const lines = await nodeLines()
  const run = (name: keyof OnNode) => {
    progress(`${name} on Node ${lines.map(({ version }) => version).join(', ')} …`)
    const entrants = lines.flatMap(({ path, version }) =>
      plans[name].who.map((who) => ({ id: `${who}@${version}`, name: who, node: path })),
    )
    return compete(entrants, place, plans[name])
  }
  return {
    lines,
    found: { packed10k: await run('packed10k'), single: await run('single'), newTurn: await run('newTurn') },
  }
}
