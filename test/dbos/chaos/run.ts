// `npm run crash:cluster [-- --minutes 10] [--conversations 200] [--seed n]`: lays siege to a cluster of three processes on one Postgres.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startServer } from '../../scripts/postgres.ts'
import { bundle, programOf } from '../../scripts/programs.ts'
import { Network } from './network.ts'
import { quantile } from './recoveries.ts'
import { besiege } from './siege.ts'

const print = (...words: readonly string[]) => void process.stdout.write(`${words.join(' ')}\n`)

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    conversations: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    // Seconds between two faults, and for which a process is away.
    every: { type: 'string', default: '10' },
    away: { type: 'string', default: '20' },
    // The most seconds between two messages of a client.
    pause: { type: 'string' },
    members: { type: 'string', default: '3' },
    // All processes on this machine, although each could have a network of its own.
    together: { type: 'boolean', default: false },
  },
})
const [seed, every, away] = [Number(values.seed), Number(values.every) * 1_000, Number(values.away) * 1_000]
const conversations = Number(values.conversations)
const root = fileURLToPath(new URL('../../../', import.meta.url))
const cache = join(root, 'node_modules/.cache')
mkdirSync(cache, { recursive: true })
const bundles = mkdtempSync(join(cache, 'turnstate-cluster-'))
const postgres = await startServer()
const network = values.together ? null : await Network.create()
try {
  await bundle(['test/dbos/member.ts'], bundles)
  print(`${values.minutes} minutes, ${conversations} conversations, seed ${seed}`)
  print(network ? 'each process has a network of its own' : 'all processes are on this machine')
  const begun = Date.now()
  const { faults, counts, happened, recoveries, logs } = await besiege({
    program: programOf(bundles, 'test/dbos/member.ts'),
    databaseUrl: postgres.url,
    members: Number(values.members),
    conversations,
    seed,
    faults: Math.max(1, Math.floor((Number(values.minutes) * 60_000) / every)),
    every,
    away,
    // All clients together say about five messages in a second: as many as two cores answer while processes come and go.
    pause: values.pause === undefined ? conversations * 800 : Number(values.pause) * 1_000,
    patience: 90_000,
    network,
    progress: (line) => print(`${Math.round((Date.now() - begun) / 1_000)} s: ${line}`),
  })
  const folder = mkdtempSync(join(tmpdir(), 'turnstate-cluster-'))
  for (const [name, log] of logs) writeFileSync(join(folder, `${name}.log`), log)
  print(`logs are in ${folder}`)
  print(JSON.stringify(counts))
  print('what happened | times | conversations | p50 ms | p99 ms | longest ms')
  for (const kind of new Set(happened)) {
    const times = recoveries.get(kind) ?? []
    const row = [0.5, 0.99, 1].map((part) => String(Math.round(quantile(times, part))))
    print([kind, String(happened.filter((each) => each === kind).length), String(times.length), ...row].join(' | '))
  }
  print(`${faults.length} faults`)
  process.exitCode = faults.length > 0 ? 1 : 0
} finally {
  await network?.close()
  await postgres.stop()
  rmSync(bundles, { recursive: true, force: true })
}
