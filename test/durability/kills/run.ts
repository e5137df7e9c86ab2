// The crash test: `node --import tsx test/durability/kills/run.ts [--store sqlite|postgres://…] [--rounds 500] [--seed n] [--trouble failing|full|clock]`.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { troubles } from './open-store.ts'
import { playRounds } from './rounds.ts'

const print = (...words: readonly string[]) => void process.stdout.write(`${words.join(' ')}\n`)

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'sqlite' },
    rounds: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    conversations: { type: 'string', default: '20' },
    trouble: { type: 'string', default: 'none' },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'turnstate-kills-'))
const store = values.store === 'sqlite' ? `sqlite:${join(folder, 'chat.db')}` : values.store
const root = fileURLToPath(new URL('../../../', import.meta.url))
const cache = join(root, 'node_modules/.cache')
mkdirSync(cache, { recursive: true })
const bundles = mkdtempSync(join(cache, 'turnstate-kills-'))
// One file starts several times as fast as the sources.
await build({
  absWorkingDir: root,
  entryPoints: ['test/durability/kills/talker.ts', 'src/stores/sqlite/worker.ts'],
  outdir: bundles,
  entryNames: '[name]',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
})
print(`${values.rounds} rounds on ${values.store === 'sqlite' ? 'sqlite' : 'postgres'}, seed ${values.seed}`)
const { faults, counts, requests } = await playRounds({
  program: [join(bundles, 'talker.mjs')],
  store,
  rounds: Number(values.rounds),
  conversations: Number(values.conversations),
  seed: Number(values.seed),
  trouble: troubles.find((each) => each === values.trouble) ?? 'none',
  progress: (round, observer) => {
    if (round % 10 === 0) print(`round ${round}`, JSON.stringify(observer.counts), `${observer.faults.length} faults`)
  },
})
for (const used of [folder, bundles]) rmSync(used, { recursive: true, force: true })
print(JSON.stringify({ counts, requests }))
for (const fault of faults) print(`FAULT ${fault}`)
process.exitCode = faults.length > 0 ? 1 : 0
