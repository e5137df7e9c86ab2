import { TurnstateError } from '../../errors.ts'
import type { AppendReply, AppendRequest, Backend, Erased, ImportRequest } from '../sql/backend.ts'
import { Pacing } from '../sql/pacing.ts'
import { Pause } from '../sql/pause.ts'
import type { Seal } from '../sql/sealing.ts'
import type { Method, Reply, Request, ThreadOptions, ThreadRequests } from './protocol.ts'
import { appThread, type DatabaseThread, ownThread } from './threads.ts'

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

/** A database in a thread, which starts with the first request. */
export class SqliteBackend implements Backend {
  readonly #options: ThreadOptions
  readonly #internals: SqliteInternals
  readonly #waiting = new Map<number, Waiting>()
  readonly #watchers = new Map<number, Set<() => void>>()
  #requests = 0
  #thread: DatabaseThread | null = null
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
    const thread = this.#thread
    if (!thread) return
    await this.#call('close').catch(() => {})
    this.#thread = null
    await thread.end()
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
    const thread = (this.#thread ??= this.#started())
    const request: Request = {
      number: ++this.#requests,
      method,
      argument,
      seal: seal?.parts ?? null,
      now: Math.floor(now()),
      ticks: Math.floor(ticks()),
    }
    if (this.#waiting.size === 0) thread.hold()
    // The thread answers each method with its own value.
    const answer = new Promise<Answer<Name>>((resolve, reject) =>
      this.#waiting.set(request.number, { resolve, reject }),
    )
    thread.post(request)
    return answer
  }

  #started(): DatabaseThread {
    const { worker } = this.#internals
    const thread: DatabaseThread = (this.#options.thread === 'app' ? appThread : ownThread)(
      this.#options,
      {
        answered: (replies) => {
          for (const reply of replies) this.#answers.add(() => this.#answer(thread, reply))
        },
        ended: (error) => this.#ended(thread, error),
      },
      worker,
    )
    return thread
  }

  #answer(thread: DatabaseThread, reply: Reply): void {
    const waiting = this.#waiting.get(reply.number)
    this.#waiting.delete(reply.number)
    // A store that nobody waits for does not keep the process alive.
    if (this.#waiting.size === 0) thread.letGo()
    if ('value' in reply) return waiting?.resolve(reply.value)
    const { code, message, details } = reply.error
    waiting?.reject(new TurnstateError(code, message, details))
  }

  /** The next request starts another one. */
  #ended(thread: DatabaseThread, error: TurnstateError): void {
    if (this.#thread !== thread) return
    this.#thread = null
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const each of waiting) each.reject(error)
  }
}

/** A clock that all processes of a machine share, and that no change of the time moves. */
const systemTicks = (): number => Number(process.hrtime.bigint() / 1_000_000n)
