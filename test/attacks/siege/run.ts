// `npm run attack`: each kind of attack alone, then a minute of all of them, beside a watched conversation.
import { parseArgs } from 'node:util'
import { attacks } from './attackers.ts'
import { besiege, type Fared } from './besiege.ts'
import { answers } from './hostile-api.ts'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, each: { type: 'boolean', default: false } },
})
const write = (line: string) => process.stdout.write(`${line}\n`)
const row = (name: string, { replies, longest, p99, latest, megabytes }: Fared) =>
  write(`| ${name} | ${replies} | ${longest} | ${p99.toFixed(1)} | ${latest.toFixed(0)} | ${megabytes} |`)

const siege = await besiege()
try {
  write('| attack | replies | longest wait for one, ms | event loop p99, ms | at its worst, ms | memory, MB |')
  write('|---|---|---|---|---|---|')
  await siege.attackFor(0)
  await siege.fared()
  for (const name of values.each ? Object.keys(attacks) : []) {
    await siege.attack(name)
    row(name, await siege.fared())
  }
  const count = await siege.attackFor(Number(values.seconds))
  const kinds = Object.keys(attacks).length + Object.keys(answers).length
  const fared = await siege.fared()
  row(`all ${kinds} kinds, ${count + fared.attacked} attacks in ${values.seconds} s`, fared)
} finally {
  siege.end()
}
