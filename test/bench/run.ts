// npm run bench [-- --quick]: what turnstate costs, as Markdown for the README. Shown, never asserted.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { heapCost } from './heap.ts'
import type { Delivery } from './replies.ts'
import { type Case, listenerTable, listenerTargets, measureListeners, measurePages, pageTargets } from './streaming.ts'
import { type Target, targetTable } from './targets.ts'
import { turnCosts } from './turns.ts'

const quick = process.argv.includes('--quick')

const print = (text: string) => process.stdout.write(`${text}\n`)
const us = (value: number) => `${value.toFixed(0)} µs`
const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
const progress = (text: string) => process.stderr.write(`${text}\n`)

async function startServer(): Promise<{ server: ChildProcess; port: number }> {
  const server = fork(fileURLToPath(new URL('server.ts', import.meta.url)))
  const [port] = await once(server, 'message')
  return { server, port: Number(port) }
}

interface Size {
  readonly deltas: number
  /** Rounds that count, rounds before them that don't, and turns that make up a sample. */
  readonly rounds: number
  readonly warmups: number
  readonly turns: number
}

// Single chunks come at the pace of a network, so there is no time for many rounds of them.
const sizes: Readonly<Record<Delivery, readonly Size[]>> = quick
  ? {
      packed: [
        { deltas: 1_000, rounds: 7, warmups: 15, turns: 4 },
        { deltas: 10_000, rounds: 9, warmups: 6, turns: 1 },
        { deltas: 50_000, rounds: 5, warmups: 1, turns: 1 },
      ],
      single: [
        { deltas: 1_000, rounds: 3, warmups: 2, turns: 1 },
        { deltas: 10_000, rounds: 2, warmups: 0, turns: 1 },
      ],
    }
  : {
      packed: [
        { deltas: 1_000, rounds: 25, warmups: 30, turns: 8 },
        { deltas: 10_000, rounds: 41, warmups: 10, turns: 1 },
        { deltas: 50_000, rounds: 25, warmups: 3, turns: 1 },
      ],
      single: [
        { deltas: 1_000, rounds: 7, warmups: 2, turns: 4 },
        { deltas: 10_000, rounds: 5, warmups: 0, turns: 1 },
        { deltas: 50_000, rounds: 2, warmups: 0, turns: 1 },
      ],
    }

const listenerPlans = (['packed', 'single'] as const).flatMap((delivery) =>
  sizes[delivery].map((size) => ({ ...size, delivery })),
)

// A floor that reads 600 kB at each of 50,000 deltas takes its time: once is enough to see it.
const pageSizes: readonly Size[] = quick
  ? [{ deltas: 10_000, rounds: 3, warmups: 1, turns: 1 }]
  : [
      { deltas: 10_000, rounds: 9, warmups: 1, turns: 1 },
      { deltas: 50_000, rounds: 1, warmups: 0, turns: 1 },
    ]

const pagePlans = pageSizes.map((size) => ({ ...size, delivery: 'packed' as const }))

async function streaming(): Promise<{ listeners: readonly Case[]; pages: readonly Case[] }> {
  const { server, port } = await startServer()
  const listeners: Case[] = []
  const pages: Case[] = []
  for (const plan of listenerPlans) {
    progress(`${plan.deltas} deltas, ${plan.delivery} …`)
    listeners.push(await measureListeners(port, plan))
  }
  for (const plan of pagePlans) {
    progress(`${plan.deltas} deltas, a page reads …`)
    pages.push(await measurePages(port, plan))
  }
  server.kill()
  return { listeners, pages }
}

async function turnTargets(): Promise<readonly Target[]> {
  progress('turn 2 and turn 200 …')
  const { cleared, withHistory, deltasPerTurn } = await turnCosts(quick ? 6 : 30)
  const { early, late } = withHistory
  return [
    {
      what: `turn 200 : turn 2 (${deltasPerTurn} deltas each), request aside`,
      measured: { value: cleared.late.turn / cleared.early.turn },
      limit: 1,
      details:
        `${us(cleared.early.turn)} → ${us(cleared.late.turn)}; with the whole history to send ` +
        `${us(early.turn)} → ${us(late.turn)}, and making the request ${us(early.request)} → ${us(late.request)}`,
    },
  ]
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

const started = performance.now()
const { listeners, pages } = await streaming()
const targets = [
  ...listenerTargets(listeners),
  ...pageTargets(pages),
  ...(await turnTargets()),
  ...(await heapTargets()),
]
const seconds = ((performance.now() - started) / 1000).toFixed(0)

print(`Node ${process.versions.node}, ${availableParallelism()} cores, ${seconds} s.`)
print(
  `Process CPU per delta, median of interleaved rounds; ratios to the floor of the same run (min–max of single rounds).\n`,
)
print(`${listenerTable(listeners)}\n`)
print(targetTable(targets))
