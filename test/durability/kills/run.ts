// The crash test: `node --import tsx test/durability/kills/run.ts [--store sqlite|postgres://…] [--rounds 500] [--seed n] [--trouble failing|full|clock]`.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundle, programOf } from '../../scripts/programs.ts'
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
const trouble = troubles.find((each) => each === values.trouble)
if (!trouble) throw new TypeError(`--trouble is one of ${troubles.join(', ')}.`)
const folder = mkdtempSync(join(tmpdir(), 'turnstate-kills-'))
const store = values.store === 'sqlite' ? `sqlite:${join(folder, 'chat.db')}` : values.store
const root = fileURLToPath(new URL('../../../', import.meta.url))
const cache = join(root, 'node_modules/.cache')
mkdirSync(cache, { recursive: true })
const bundles = mkdtempSync(join(cache, 'turnstate-kills-'))
// One file starts several times as fast as the sources.
await bundle(['test/durability/kills/talker.ts', 'src/stores/sqlite/worker.ts'], bundles)
print(`${values.rounds} rounds on ${values.store === 'sqlite' ? 'sqlite' : 'postgres'}, seed ${values.seed}`)
const { faults, counts, requests } = await playRounds({
  program: [programOf(bundles, 'test/durability/kills/talker.ts')],
  store,
  rounds: Number(values.rounds),
  conversations: Number(values.conversations),
  seed: Number(values.seed),
  trouble,
  progress: (round, observer) => {
    if (round % 10 === 0) print(`round ${round}`, JSON.stringify(observer.counts), `${observer.faults.length} faults`)
  },
})
for (const used of [folder, bundles]) rmSync(used, { recursive: true, force: true })
print(JSON.stringify({ counts, requests }))
for (const fault of faults) print(`FAULT ${fault}`)
process.exitCode = faults.length > 0 ? 1 : 0
