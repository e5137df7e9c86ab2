// `npm run crash:server [-- --rounds 200] [--seed n]`: kills a server of conversations while clients talk and follow.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundle, programOf } from '../../scripts/programs.ts'
import { playServedRounds } from './rounds.ts'

const print = (...words: readonly string[]) => void process.stdout.write(`${words.join(' ')}\n`)

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    conversations: { type: 'string', default: '6' },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'turnstate-served-'))
const root = fileURLToPath(new URL('../../../', import.meta.url))
const cache = join(root, 'node_modules/.cache')
mkdirSync(cache, { recursive: true })
const bundles = mkdtempSync(join(cache, 'turnstate-served-'))
await bundle(['test/server/kills/serving.ts', 'src/stores/sqlite/worker.ts'], bundles)
print(`${values.rounds} rounds, seed ${values.seed}`)
const printed = new Set<string>()
const { faults, counts } = await playServedRounds({
  program: [programOf(bundles, 'test/server/kills/serving.ts')],
  path: join(folder, 'chat.db'),
  rounds: Number(values.rounds),
  conversations: Number(values.conversations),
  seed: Number(values.seed),
  progress: (round, world) => {
    for (const fault of world.faults) {
      if (!printed.has(fault)) print(`round ${round}: ${fault}`)
      printed.add(fault)
    }
    if (round % 10 === 0) print(`round ${round}`, JSON.stringify(world.counts), `${world.faults.size} faults`)
  },
})
for (const used of [folder, bundles]) rmSync(used, { recursive: true, force: true })
print(JSON.stringify(counts))
for (const fault of faults) print(`FAULT ${fault}`)
process.exitCode = faults.length > 0 ? 1 : 0
