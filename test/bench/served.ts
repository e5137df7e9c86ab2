// What a server of conversations costs while many of them stream at once, next to a Hono app that hands the same bytes on.
import { type ChildProcess, fork } from 'node:child_process'
import { on } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { withParts } from '../scripts/parts.ts'
import { bundle, programOf } from '../scripts/programs.ts'
import type { Said, Task } from './served/clients.ts'
import type { Used } from './served/server.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const program = (name: string) => `test/bench/served/${name}.ts`
const names = ['upstream', 'server', 'clients'] as const

/** Deltas of a reply come so often, in milliseconds. */
const pace = 50

interface Found {
  readonly count: number
  readonly whole: number
  /** Microseconds of the server's CPU for each delta, while all replies were in progress. */
  readonly cpu: number
  /** Deltas that clients read in a second then: 20 for each conversation, if the machine is fast enough. */
  readonly rate: number
  readonly p50: number | null
  readonly p99: number | null
}

class Processes {
  readonly #programs: string
  readonly #folder: string
  readonly #all: ChildProcess[] = []

  constructor(programs: string, folder: string) {
    this.#programs = programs
    this.#folder = folder
  }

  /** Starts one. Resolves with its port, once it listens to one. */
  async start(
    name: (typeof names)[number],
    args: readonly string[] = [],
    flags: readonly string[] = [],
  ): Promise<readonly [ChildProcess, number]> {
    const child = fork(programOf(this.#programs, program(name)), [...args], { execArgv: ['--expose-gc', ...flags] })
    this.#all.push(child)
    return [child, name === 'clients' ? 0 : await next<number>(child)]
  }

  server(what: 'turnstate' | 'proxy', upstream: number, idle = 600_000, flags: readonly string[] = []) {
    return this.start('server', [what, String(upstream), this.#folder, String(idle)], flags)
  }

  end(): void {
    for (const child of this.#all) child.kill()
  }
}

async function next<Message>(child: ChildProcess): Promise<Message> {
  for await (const [message] of on(child, 'message', { close: ['exit'] }) as AsyncIterable<[Message]>) return message
  throw new Error('a process of the bench ended by itself')
}

async function used(server: ChildProcess, what: 'cpu' | 'memory' = 'cpu'): Promise<Used> {
  server.send(what)
  return next<Used>(server)
}

async function created(clients: ChildProcess, task: Omit<Task, 'what'>): Promise<void> {
  clients.send({ ...task, what: 'create' } satisfies Task)
  await next<Said>(clients)
}

/** Has conversations stream at once. `steadily` is called while all of them do. */
async function streamed(
  clients: ChildProcess,
  server: ChildProcess,
  task: Omit<Task, 'what'>,
  steadily: () => Promise<unknown> = async () => {},
): Promise<Found> {
  clients.send({ ...task, what: 'stream' } satisfies Task)
  let begin = { cpu: 0, deltas: 0, at: 0 }
  let end = begin
  for await (const [said] of on(clients, 'message', { close: ['exit'] }) as AsyncIterable<[Said]>) {
    if (said.type === 'created') continue
    if (said.type === 'done') {
      const { whole, p50, p99 } = said
      const deltas = end.deltas - begin.deltas
      return {
        count: task.count,
        whole,
        p50,
        p99,
        cpu: (end.cpu - begin.cpu) / deltas,
        rate: (deltas / (end.at - begin.at)) * 1_000,
      }
    }
    const { cpu } = await used(server)
    const mark = { cpu, deltas: said.deltas, at: performance.now() }
    if (said.type === 'steady') begin = mark
    else end = mark
    if (said.type === 'steady') await steadily()
  }
  throw new Error('the clients ended')
}

export interface ServedPlan {
  /** How many conversations stream at once, one after the other. */
  readonly counts: readonly number[]
  /** Seconds in which all of them do. */
  readonly seconds: number
  /** Conversations whose memory is measured. */
  readonly held: number
}

export const servedPlans: Readonly<Record<'whole' | 'quick', ServedPlan>> = {
  whole: { counts: [100, 250, 500, 1_000], seconds: 6, held: 300 },
  quick: { counts: [25, 50], seconds: 3, held: 50 },
}

/** Replies that go on for so long after the last one has begun. */
const deltasFor = (count: number, seconds: number): number => Math.ceil((seconds * 1_000 + count * 15) / pace)

/** `null` where the first reply ended before the last one had begun: the machine was not fast enough. */
const ms = (value: number | null) => (value === null ? '–' : `${value.toFixed(0)} ms`)
const us = (value: number) => `${value.toFixed(0)} µs`
const kB = (bytes: number) => `${(Math.round(bytes / 100) / 10 + 0).toFixed(1)} kB`

/** What serving costs, as Markdown. */
export async function servedCosts(
  { counts, seconds, held }: ServedPlan,
  progress: (text: string) => void = () => {},
): Promise<string> {
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const programs = mkdtempSync(join(cache, 'turnstate-bench-'))
  const folder = mkdtempSync(join(tmpdir(), 'turnstate-bench-'))
  await bundle([...names.map(program), 'src/stores/sqlite/worker.ts'], programs)
  const processes = new Processes(programs, folder)
  try {
    const [, upstream] = await processes.start('upstream')
    const [clients] = await processes.start('clients')
    const [server, port] = await processes.server('turnstate', upstream)
    const [proxy, proxyPort] = await processes.server('proxy', upstream)
    const most = Math.max(...counts)
    const whole = { port, first: 0, count: most, deltas: 20, isProxy: false, frame: 33 }
    await created(clients, whole)
    // What is compiled by then is measured.
    await streamed(clients, server, { ...whole, count: Math.min(50, most) })
    await streamed(clients, proxy, { ...whole, port: proxyPort, isProxy: true, count: Math.min(50, most) })
    const rows: string[] = []
    const holding: number[] = []
    for (const count of counts) {
      progress(`${count} conversations …`)
      const task = { ...whole, count, deltas: deltasFor(count, seconds) }
      const bare = await streamed(clients, proxy, { ...task, port: proxyPort, isProxy: true })
      const framed = await streamed(clients, server, task)
      const eager = await streamed(clients, server, { ...task, frame: 0 })
      if (framed.p99 !== null && framed.p99 < 250 && framed.whole === count) holding.push(count)
      for (const [name, found] of [
        ['bare Hono proxy', bare],
        ['**turnstate**', framed],
        ['**turnstate**, `?frame=0`', eager],
      ] as const)
        rows.push(
          `| ${count} | ${name} | ${found.whole} | ${found.rate.toFixed(0)} | ${ms(found.p50)} | ${ms(found.p99)} | ${us(found.cpu)} | ${(found.cpu / bare.cpu).toFixed(2)} × |`,
        )
    }
    progress('memory …')
    const memory = await memoryPerConversation(processes, clients, upstream, held)
    return [
      '| conversations | server | complete | deltas a second | p50 | p99 | CPU per delta | : proxy |',
      '|---:|---|---:|---:|---:|---:|---:|---:|',
      ...rows,
      '',
      `The largest number of these that holds a p99 under 250 ms: ${holding.at(-1) ?? 'none'}.`,
      '',
      memory,
    ].join('\n')
  } finally {
    processes.end()
    for (const used_ of [programs, folder]) rmSync(used_, { recursive: true, force: true })
  }
}

/** Milliseconds after which a conversation is released that nobody uses. */
const idle = 10_000

/** V8 compiles the same code again and again for some thousands of conversations, and drops some of it in between: more than they would leave. */
const interpreting = ['--no-opt', '--no-sparkplug', '--no-maglev', '--no-flush-bytecode']

/** Bytes in use once all conversations are released. */
async function released(server: ChildProcess): Promise<number> {
  while ((await used(server)).open > 0) await wait(200)
  return (await used(server, 'memory')).memory
}

async function memoryPerConversation(
  processes: Processes,
  clients: ChildProcess,
  upstream: number,
  held: number,
): Promise<string> {
  // Longer than events are kept for viewers who come back.
  const [server, port] = await processes.server('turnstate', upstream, 25_000)
  const task = { port, first: 0, count: held, deltas: deltasFor(held, 4), isProxy: false, frame: 33 }
  const all = async (more: Partial<typeof task>, steadily?: () => Promise<unknown>) => {
    await created(clients, { ...task, ...more })
    await streamed(clients, server, { ...task, ...more }, steadily)
  }
  // Whatever is loaded, compiled and connected once, for as many conversations at once: `fetch` keeps about 3 kB for each connection that it ever
  // had at a time, and the entries of the last 250 requests.
  await all({ first: held })
  const before = await released(server)
  let streaming = 0
  await all({}, async () => {
    streaming = (await used(server, 'memory')).memory
  })
  await wait(1_000)
  const answered = await used(server, 'memory')
  await wait(11_000)
  const resting = await used(server, 'memory')
  const left = await leftPerConversation(processes, clients, upstream, task)
  const each = (bytes: number) => kB((bytes - before) / held)
  return [
    `| memory per conversation, of ${held} | |`,
    '|---|---:|',
    `| streaming, with its viewer | ${each(streaming)} |`,
    `| just answered | ${each(answered.memory)} |`,
    `| at rest for ten seconds, where \`limits.idle\` is longer (${resting.open} are in memory) | ${each(resting.memory)} |`,
    `| at rest for ten seconds, with the usual \`limits.idle\`: released | ${kB(left)} |`,
  ].join('\n')
}

/** Bytes that a conversation leaves behind when it is released, of those that come after as many others. */
async function leftPerConversation(
  processes: Processes,
  clients: ChildProcess,
  upstream: number,
  task: Omit<Task, 'what'>,
): Promise<number> {
  const { count } = task
  const [server, port] = await processes.server('turnstate', upstream, idle, interpreting)
  const all = async (first: number) => {
    const its = { ...task, port, first }
    await created(clients, its)
    await streamed(clients, server, its)
    return released(server)
  }
  const before = await all(0)
  const rounds = 2
  let after = before
  for (let round = 1; round <= rounds; round++) after = await all(round * count)
  return (after - before) / (rounds * count)
}

// `node --import tsx test/bench/served.ts [--quick] [--write]` measures this part alone.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const plan = process.argv.includes('--quick') ? servedPlans.quick : servedPlans.whole
  const served = await servedCosts(plan, (text) => process.stderr.write(`${text}\n`))
  process.stdout.write(`${served}\n`)
  if (process.argv.includes('--write')) {
    const page = new URL('../../docs/performance.md', import.meta.url)
    writeFileSync(page, withParts(readFileSync(page, 'utf8'), { served }))
  }
}
