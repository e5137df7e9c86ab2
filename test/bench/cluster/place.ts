// The processes of the bench: one Postgres whose commits wait for the disk, as in production, the model, the clients, and servers.
import { type ChildProcess, fork } from 'node:child_process'
import { on, once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { startServer } from '../../scripts/postgres.ts'
import { bundle, programOf } from '../../scripts/programs.ts'
import type { Done, Task } from './clients.ts'
import type { MemberOptions } from './member.ts'

const program = (name: string) => `test/bench/cluster/${name}.ts`
const names = ['model', 'clients', 'member'] as const

/** A server at work. */
export interface Member {
  readonly name: string | null
  readonly port: number
  /** Milliseconds of CPU that it has used. */
  readonly cpu: () => Promise<number>
  readonly end: () => Promise<void>
}

/** A database of its own. */
export interface Database {
  readonly url: string
  /** A connection that is not to the database itself, so that what it asks is not counted there. */
  readonly admin: Client
  readonly name: string
  /** A connection to it. */
  readonly client: Client
}

export class Place {
  readonly #programs: string
  readonly #children: ChildProcess[] = []
  readonly #ends: (() => Promise<unknown>)[] = []
  #base = ''
  #postmaster = 0
  #model: ChildProcess | null = null
  #modelPort = 0
  #clients: ChildProcess | null = null
  #databases = 0

  private constructor(programs: string) {
    this.#programs = programs
  }

  static async begin(): Promise<Place> {
    const root = fileURLToPath(new URL('../../../', import.meta.url))
    const cache = join(root, 'node_modules/.cache')
    mkdirSync(cache, { recursive: true })
    const programs = mkdtempSync(join(cache, 'turnstate-bench-'))
    const place = new Place(programs)
    place.#ends.push(async () => rmSync(programs, { recursive: true, force: true }))
    await bundle(names.map(program), programs)
    const postgres = await startServer({ isDurable: true })
    place.#ends.push(postgres.stop)
    place.#base = postgres.url
    place.#postmaster = Number(readFileSync(join(postgres.data, 'postmaster.pid'), 'utf8').split('\n')[0])
    place.#model = place.#fork('model')
    place.#modelPort = await next<number>(place.#model)
    place.#clients = place.#fork('clients')
    return place
  }

  async database(): Promise<Database> {
    const admin = await this.#connected(this.#base)
    const name = `bench_${++this.#databases}`
    await admin.query(`create database ${name}`)
    const url = new URL(this.#base)
    url.pathname = `/${name}`
    return { url: url.href, admin, name, client: await this.#connected(url.href) }
  }

  async member(databaseUrl: string, name: string | null): Promise<Member> {
    const options: MemberOptions = { databaseUrl, model: `http://127.0.0.1:${this.#modelPort}`, process: name }
    const child = this.#fork('member', JSON.stringify(options))
    const port = await next<number>(child)
    return {
      name,
      port,
      cpu: async () => {
        child.send('cpu')
        return (await next<number>(child)) / 1_000
      },
      end: async () => {
        const exited = once(child, 'exit')
        child.disconnect()
        await exited
      },
    }
  }

  /** @throws Error for a task that failed in any part */
  async perform(task: Task): Promise<Done> {
    if (!this.#clients) throw new Error('there are no clients')
    this.#clients.send(task)
    const done = await next<Done>(this.#clients)
    if (done.failed > 0) throw new Error(`${done.failed} of ${task.what} failed: ${done.failure}`)
    return done
  }

  /** Resolves with the time at which the model's next reply is cut. */
  async cut(): Promise<number> {
    if (!this.#model) throw new Error('there is no model')
    return (await next<{ readonly cut: number }>(this.#model)).cut
  }

  /** Milliseconds of CPU that all processes of Postgres have used, those that have ended included. */
  postgresCpu(): number {
    const ticks = [this.#postmaster, ...childrenOf(this.#postmaster)].map((pid) => {
      const fields = statOf(pid)
      const own = Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
      return pid === this.#postmaster ? own + Number(fields[13] ?? 0) + Number(fields[14] ?? 0) : own
    })
    return ticks.reduce((sum, each) => sum + each, 0) * 10
  }

  async end(): Promise<void> {
    for (const child of this.#children) child.kill()
    for (const end of this.#ends.toReversed()) await end()
  }

  async #connected(url: string): Promise<Client> {
    const client = new Client({ connectionString: url })
    await client.connect()
    this.#ends.push(() => client.end())
    return client
  }

  #fork(name: (typeof names)[number], ...args: readonly string[]): ChildProcess {
    const child = fork(programOf(this.#programs, program(name)), [...args])
    this.#children.push(child)
    return child
  }
}

async function next<Message>(child: ChildProcess): Promise<Message> {
  for await (const [message] of on(child, 'message', { close: ['exit'] }) as AsyncIterable<[Message]>) return message
  throw new Error('a process of the bench ended by itself')
}

/** The fields of /proc/‹pid›/stat from the state of the process on; none if it has ended. */
function statOf(pid: number): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

const childrenOf = (parent: number): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => statOf(pid)[1] === String(parent))
