// `npm run soak:server [-- --requests 10000] [--minutes 10] [--seed n]`: malformed requests to a server, through
// real connections, for at least so long, while good conversations go on. Prints heap, handles and listeners at begin and end.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundle, programOf } from '../../scripts/programs.ts'
import { besiege } from './play.ts'

const print = (text: string) => void process.stdout.write(`${text}\n`)

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const cache = join(fileURLToPath(new URL('../../../', import.meta.url)), 'node_modules/.cache')
mkdirSync(cache, { recursive: true })
const bundles = mkdtempSync(join(cache, 'turnstate-soak-'))
await bundle(['test/server/soak/besieged.ts'], bundles)
print(`${values.requests} requests, at least ${values.minutes} minutes, seed ${values.seed}`)
const {
  faults,
  sent,
  completed,
  answers,
  health: measured,
} = await besiege({
  program: programOf(bundles, 'test/server/soak/besieged.ts'),
  requests: Number(values.requests),
  time: Number(values.minutes) * 60_000,
  seed: Number(values.seed),
  progress: (count, { facts: _facts, logged, ...health }) =>
    print(`${count} ${JSON.stringify({ ...health, logged: logged.length })}`),
})
rmSync(bundles, { recursive: true, force: true })
print(`${sent} sent, ${completed} good conversations completed meanwhile`)
for (const [when, found] of [
  ['begin', measured[0]],
  ['end', measured.at(-1)],
] as const)
  if (found)
    print(`${when}: heap ${(found.heap / 1e6).toFixed(2)} MB, ${found.handles} handles, ${found.listeners} listeners`)
for (const [what, count] of [...answers].toSorted(([one], [other]) => one.localeCompare(other)))
  print(`${what}: ${count}`)
for (const fault of faults) print(`FAULT ${fault}`)
process.exitCode = faults.length > 0 ? 1 : 0
