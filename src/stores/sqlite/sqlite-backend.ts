import { Worker } from 'node:worker_threads'
import { messageOf, quoteOf, TurnstateError } from '../../errors.ts'
import { isObject } from '../../objects.ts'
import type { AppendReply, AppendRequest, Backend, Erased, ImportRequest } from '../sql/backend.ts'
import { Pacing } from '../sql/pacing.ts'
import { Pause } from '../sql/pause.ts'
import type { Seal } from '../sql/sealing.ts'
import type { Method, Reply, Request, ThreadOptions, ThreadRequests } from './protocol.ts'

/** What tests replace. */
export interface SqliteInternals {
  /** The module of the thread. */
  readonly worker?: URL
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** The clock for leases, which all processes of the machine share, and nobody can set. Milliseconds. */
  readonly ticks?: () => number
}

/** How often followers look for what other processes have written. Milliseconds. */
const pollInterval = 100

interface Waiting {
  resolve(value: unknown): void
  reject(error: TurnstateError): void
}

type Answer<Name extends Method> = Awaited<ReturnType<ThreadRequests[Name]>>

/** A database in a thread of its own. The thread starts with the first request. */
export class SqliteBackend implements Backend {
  readonly #options: ThreadOptions
  readonly #internals: SqliteInternals
  readonly #waiting = new Map<number, Waiting>()
  readonly #watchers = new Map<number, Set<() => void>>()
  #requests = 0
  #worker: Worker | null = null
  readonly #pause = new Pause()
  readonly #answers = new Pacing()
  #isPolling = false
  #isClosed = false
  #dataVersion: number | null = null

  constructor(options: ThreadOptions, internals: SqliteInternals = {}) {
    this.#options = options
    this.#internals = internals
  }

  open = this.#caller('open')
  renew = this.#caller('renew')
  release = this.#caller('release')
  page = this.#caller('page')
  checkpoint = this.#caller('checkpoint')
  saveCheckpoint = this.#caller('saveCheckpoint')
  find = this.#caller('find')
  list = this.#caller('list')
  setTitle = this.#caller('setTitle')
  keys = this.#caller('keys')
  replaceKeys = this.#caller('replaceKeys')
  backup = this.#caller('backup')
  vacuum = this.#caller('vacuum')
  check = this.#caller('check')

  import(request: ImportRequest, seal: Seal | null): Promise<boolean> {
    return this.#ask('import', seal, request)
  }

  async append(request: AppendRequest, seal: Seal | null): Promise<AppendReply> {
    const revision = await this.#ask('append', seal, request)
    this.#notify(request.key)
    return revision
  }

  async erase(which: Erased): Promise<number> {
    const erased = await this.#call('erase', which)
    for (const key of this.#watchers.keys()) this.#notify(key)
    return erased
  }

  watch(key: number, changed: () => void): () => void {
    const watchers = this.#watchers.get(key) ?? new Set()
    this.#watchers.set(key, watchers.add(changed))
    if (!this.#isPolling) {
      this.#isPolling = true
      void this.#poll()
    }
    return () => {
      watchers.delete(changed)
      if (watchers.size === 0 && this.#watchers.get(key) === watchers) this.#watchers.delete(key)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#pause.end()
    const worker = this.#worker
    if (!worker) return
    await this.#call('close').catch(() => {})
    this.#worker = null
    await worker.terminate()
  }

  #notify(key: number): void {
    for (const changed of this.#watchers.get(key) ?? []) changed()
  }

  /** As long as somebody follows. */
  async #poll(): Promise<void> {
    while (this.#watchers.size > 0) {
      await this.#pause.wait(pollInterval)
      if (this.#isClosed) return
      const version = await this.#call('dataVersion').catch(() => null)
      // Followers learn of an error when they read.
      if (version === null || version !== this.#dataVersion) for (const key of this.#watchers.keys()) this.#notify(key)
      this.#dataVersion = version
    }
    this.#isPolling = false
  }

  #caller<Name extends Method>(method: Name) {
    return (...argument: Parameters<ThreadRequests[Name]>): Promise<Answer<Name>> => this.#call(method, ...argument)
  }

  #call<Name extends Method>(method: Name, ...argument: Parameters<ThreadRequests[Name]>): Promise<Answer<Name>> {
    return this.#ask(method, null, ...argument)
  }

  /** The thread seals facts: here that would hold up everything else that the app does. */
  #ask<Name extends Method>(
    method: Name,
    seal: Seal | null,
    ...[argument]: Parameters<ThreadRequests[Name]>
  ): Promise<Answer<Name>> {
    const { now = Date.now, ticks = systemTicks } = this.#internals
    const worker = (this.#worker ??= this.#started())
    const request: Request = {
      number: ++this.#requests,
      method,
      argument,
      seal: seal?.parts ?? null,
      now: Math.floor(now()),
      ticks: Math.floor(ticks()),
    }
    if (this.#waiting.size === 0) worker.ref()
    // The thread answers each method with its own value.
    const answer = new Promise<Answer<Name>>((resolve, reject) =>
      this.#waiting.set(request.number, { resolve, reject }),
    )
    worker.postMessage(request, [])
    return answer
  }

  #started(): Worker {
    const { worker: module = ownModule } = this.#internals
    const worker = startThread(module, this.#options)
    worker.unref()
    worker.on('message', (replies: readonly Reply[]) => {
      for (const reply of replies) this.#answers.add(() => this.#answer(worker, reply))
    })
    worker.on('error', (error) => this.#ended(worker, error))
    worker.on('exit', () => this.#ended(worker, null))
    return worker
  }

  #answer(worker: Worker, reply: Reply): void {
    const waiting = this.#waiting.get(reply.number)
    this.#waiting.delete(reply.number)
    // A store that nobody waits for does not keep the process alive.
    if (this.#waiting.size === 0) worker.unref()
    if ('value' in reply) return waiting?.resolve(reply.value)
    const { code, message, details } = reply.error
    waiting?.reject(new TurnstateError(code, message, details))
  }

  #ended(worker: Worker, thrown: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = null
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    const error = new TurnstateError(
      'store-unavailable',
      whyEnded(thrown) ?? `The thread of the database ${this.#options.path} ended.`,
      thrown === null ? {} : quoteOf(thrown),
    )
    for (const each of waiting) each.reject(error)
  }
}

/** What to do about a thread that could not load its modules. */
function whyEnded(thrown: unknown): string | null {
  const code = isObject(thrown) ? thrown['code'] : null
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') return null
  return messageOf(thrown).includes('Cannot find package')
    ? 'A package is missing. Install it: npm install kysely @photostructure/sqlite.'
    : 'The module of the thread was not found: leave turnstate out of the bundle of your server.'
}

/** A clock that all processes of a machine share, and that no change of the time moves. */
const systemTicks = (): number => Number(process.hrtime.bigint() / 1_000_000n)

/** Next to this module, with the same ending. */
const ownModule = new URL(`./worker${/\.\w+$/.exec(import.meta.url)?.[0] ?? '.js'}`, import.meta.url)

/** In a checkout the sources run as they are; the thread needs what runs them. */
function startThread(module: URL, workerData: ThreadOptions): Worker {
  // Node's own options of the app, such as --input-type, are not for it.
  if (!module.pathname.endsWith('.ts')) return new Worker(module, { workerData, execArgv: [] })
  const tsx = import.meta.resolve('tsx/esm/api')
  const code = `import('${tsx}').then(({ tsImport }) => tsImport('${module.href}', '${module.href}'))`
  return new Worker(code, { eval: true, workerData })
}
