// npm run bench [-- --quick] [-- --write]: what turnstate costs, as Markdown; `--write` puts it into docs/performance.md. Shown,
// never asserted.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Case, label, type Plan } from './cases.ts'
import { withParts } from '../scripts/parts.ts'
import { growthTargets } from './growth.ts'
import { heapCost } from './heap.ts'
import { plans } from './plans.ts'
import { servedCosts, servedPlans } from './served.ts'
import { storeCosts } from './stored/stores.ts'
import { storedTurnCosts } from './stored/turns.ts'
import {
  listenerTable,
  listenerTargets,
  measureListeners,
  measurePages,
  measureParsers,
  pageTargets,
} from './streaming.ts'
import { type Target, targetTable } from './targets.ts'
import { turnCosts } from './turns.ts'
import { watchingCosts } from './watching.ts'

const print = (text: string) => process.stdout.write(`${text}\n`)
const us = (value: number) => `${value.toFixed(0)} µs`
const ms = (value: number) => `${(value / 1000).toFixed(0)} ms`
const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
const progress = (text: string) => process.stderr.write(`${text}\n`)

async function startServer(): Promise<{ server: ChildProcess; port: number }> {
  const server = fork(fileURLToPath(new URL('server.ts', import.meta.url)))
  const [port] = await once(server, 'message')
  return { server, port: Number(port) }
}

async function streaming() {
  const { server, port } = await startServer()
  const each = async (list: readonly Plan[], run: typeof measureListeners): Promise<readonly Case[]> => {
    const cases: Case[] = []
    for (const plan of list) {
      progress(`${label(plan)} …`)
      cases.push(await run(port, plan))
    }
    return cases
  }
  const found = {
    text: await each(plans.text, measureListeners),
    withTools: await each(plans.withTools, measureListeners),
    thinking: await each(plans.thinking, measureListeners),
    toolCall: await each(plans.toolCall, measureListeners),
    parsers: await each(plans.parsers, measureParsers),
    pages: await each(plans.pages, measurePages),
  }
  server.kill()
  return found
}

async function turnTarget(withTools: boolean): Promise<Target> {
  progress(`turn 2 and turn 200${withTools ? ', with tools' : ''} …`)
  const { cleared, withHistory, deltasPerTurn } = await turnCosts(
    withTools ? plans.conversationsWithTools : plans.conversations,
    withTools,
  )
  const { early, late, whole } = withHistory
  return {
    what: `turn 200 : turn 2 (${deltasPerTurn} deltas each${withTools ? ', and a tool call' : ''}), request aside`,
    measured: { value: cleared.late.turn / cleared.early.turn },
    limit: 1,
    details:
      `${us(cleared.early.turn)} → ${us(cleared.late.turn)}; with the whole history to send ` +
      `${us(early.turn)} → ${us(late.turn)}, and making the request ${us(early.request)} → ${us(late.request)}; ` +
      `all 200 turns ${ms(whole)}`,
  }
}

async function heapTargets(): Promise<readonly Target[]> {
  const targets: Target[] = []
  for (const replyLength of [2_000, 8_000]) {
    progress(`heap of turns of ${replyLength / 1000} kB …`)
    const { json, heap, heapWhenRead } = await heapCost(replyLength)
    const of = `heap per settled turn of ${replyLength / 1000} kB : its JSON`
    targets.push(
      { what: of, measured: { value: heap / json }, limit: 3, details: `${kB(heap)} of ${kB(json)}` },
      {
        what: `${of}, \`chat.messages\` read`,
        measured: { value: heapWhenRead / json },
        limit: 3,
        details: `${kB(heapWhenRead)} of ${kB(json)}`,
      },
    )
  }
  return targets
}

// The larger text replies are what the ratios are to hold for; a call is seldom that long.
const limits = { from: 10_000, floor: 1.3, stream: 0.65 }
const callLimits = { from: 2_000, stream: 0.65 }

const started = performance.now()
const found = await streaming()
progress('being watched …')
const watching = await watchingCosts()
progress('growth …')
const growth = await growthTargets(plans.growth)
progress('stores …')
const stores = `${await storeCosts()}\n\n${await storedTurnCosts()}`
progress('serving …')
const served = await servedCosts(process.argv.includes('--quick') ? servedPlans.quick : servedPlans.whole, progress)
const targets = [
  ...listenerTargets(found.text, limits),
  ...listenerTargets(found.withTools, limits),
  ...listenerTargets(found.thinking, limits),
  ...listenerTargets(found.toolCall, callLimits),
  ...pageTargets(found.pages),
  await turnTarget(false),
  await turnTarget(true),
  ...(await heapTargets()),
  ...growth,
  ...watching.targets,
]
const seconds = ((performance.now() - started) / 1000).toFixed(0)

/** The parts of docs/performance.md, by the names of their places there. */
const parts: Readonly<Record<string, string>> = {
  machine: `One run, of ${seconds} s, on ${availableParallelism()} cores and Node ${process.versions.node}.`,
  text: listenerTable(found.text),
  tools: listenerTable([...found.withTools, ...found.thinking]),
  call: listenerTable(found.toolCall),
  parsers: listenerTable(found.parsers),
  targets: targetTable(targets),
  inspected: watching.text,
  stores,
  served,
}

print(Object.values(parts).join('\n\n'))
if (process.argv.includes('--write')) {
  const page = new URL('../../docs/performance.md', import.meta.url)
  writeFileSync(page, withParts(readFileSync(page, 'utf8'), parts))
}
