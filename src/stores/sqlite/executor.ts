// What has the database open. It runs in a thread of its own, or in the app's.
import { sql } from 'kysely'
import { isObject } from '../../objects.ts'
import type { AppendRequest, ImportRequest } from '../sql/backend.ts'
import * as queries from '../sql/queries.ts'
import { sealedRow } from '../sql/sealed-rows.ts'
import { Seal } from '../sql/sealing.ts'
import { backup, integrity, truncateLog, vacuum } from './database-file.ts'
import { nextToken, openDatabase, type OpenDatabase } from './open-database.ts'
import type { Method, Reply, Request, ThreadOptions, ThreadRequests } from './protocol.ts'
import { sqliteError } from './sqlite-errors.ts'

type Handlers = {
  readonly [Name in Method]: (
    session: queries.Session,
    argument: Parameters<ThreadRequests[Name]>[0],
    open: OpenDatabase,
  ) => unknown
}

const handlers: Handlers = {
  open: queries.open,
  append: queries.append,
  renew: queries.renew,
  release: queries.release,
  page: queries.page,
  checkpoint: queries.checkpoint,
  saveCheckpoint: queries.saveCheckpoint,
  find: queries.find,
  list: queries.list,
  setTitle: queries.setTitle,
  erase: queries.erase,
  import: queries.importOne,
  keys: queries.keysExcept,
  replaceKeys: queries.replaceKeys,
  dataVersion: (_, __, { database }) => dataVersion(database),
  backup: (_, path, open) => backup(open, path),
  vacuum: (_, __, open) => vacuum(open),
  check: async (session, _, open) => [...integrity(open), ...(await queries.check(session))],
  close: (_, __, open) => open.close(),
}

const writes: ReadonlySet<Method> = new Set([
  'open',
  'append',
  'renew',
  'release',
  'saveCheckpoint',
  'setTitle',
  'erase',
  'import',
  'replaceKeys',
])

/** Methods whose answer waits until the write-ahead log holds nothing of what was there before. */
const erasing: ReadonlySet<Method> = new Set(['erase', 'replaceKeys'])

const dataVersion = (database: OpenDatabase['database']): unknown => {
  const [row] = database.prepare('pragma data_version').all()
  return isObject(row) ? row['data_version'] : 0
}

/** Runs requests. Those that are run together share a transaction, and so the wait for the disk. */
export class Executor {
  readonly #options: ThreadOptions
  readonly #answer: (replies: readonly Reply[]) => void
  #open: OpenDatabase | null = null
  /** What is answered together: a message between threads costs more than what is in it. */
  #replies: Reply[] = []

  constructor(options: ThreadOptions, answer: (replies: readonly Reply[]) => void) {
    this.#options = options
    this.#answer = answer
  }

  /** Answers all of them. Not again before it has resolved. */
  async run(requests: readonly Request[]): Promise<void> {
    await this.#runEach(requests)
    this.#sendReplies()
  }

  #sendReplies(): void {
    if (this.#replies.length > 0) this.#answer(this.#replies)
    this.#replies = []
  }

  async #runEach(requests: readonly Request[]): Promise<void> {
    try {
      this.#open ??= await openDatabase(this.#options.path, this.#options.durability)
    } catch (error) {
      for (const request of requests)
        if (request.method === 'close') this.#replies.push({ number: request.number, value: undefined })
        else this.#fail(request, error)
      return
    }
    const open = this.#open
    await this.#write(requests.filter(({ method }) => writes.has(method)).map(withSealedFacts), open)
    // Reads may take long, so writes are answered before them.
    this.#sendReplies()
    for (const request of requests.filter(({ method }) => !writes.has(method))) await this.#read(request, open)
  }

  /** One transaction for all. If one of them fails, each gets its own. */
  async #write(requests: readonly Request[], open: OpenDatabase): Promise<void> {
    if (requests.length === 0) return
    const { database } = open
    const replies: Reply[] = []
    try {
      database.exec('begin immediate')
      try {
        for (const request of requests)
          replies.push({
            number: request.number,
            value: appendedAtOnce(request, open) ?? (await this.#handle(request, open)),
          })
        database.exec('commit')
      } catch (error) {
        rollBack(database)
        throw error
      }
      // What was written to files that are gone is lost.
      open.checkFiles()
    } catch (error) {
      if (requests.length > 1) for (const request of requests) await this.#write([request], open)
      else for (const request of requests) this.#fail(request, error)
      return
    }
    const notErased = requests.some(({ method }) => erasing.has(method)) ? this.#truncated(open) : null
    for (const [index, reply] of replies.entries()) {
      const request = requests[index]
      if (request && notErased !== null && erasing.has(request.method)) this.#fail(request, notErased)
      else this.#replies.push(reply)
    }
  }

  #truncated({ database }: OpenDatabase): unknown {
    try {
      truncateLog(database)
      return null
    } catch (error) {
      return error
    }
  }

  async #read(request: Request, open: OpenDatabase): Promise<void> {
    try {
      if (request.method !== 'close') open.checkFiles()
      this.#replies.push({ number: request.number, value: await this.#handle(request, open) })
    } catch (error) {
      this.#fail(request, error)
    }
  }

  #handle({ method, argument, now, ticks }: Request, open: OpenDatabase): unknown {
    const { db } = open
    const session: queries.Session = {
      db,
      now: sql<number>`${now}`,
      ticks: sql<number>`${ticks}`,
      locksRows: false,
      rowsAtOnce: 1,
      nextToken: () => nextToken(db),
    }
    const handle: (session: queries.Session, argument: never, open: OpenDatabase) => unknown = handlers[method]
    // The other side has typed the argument.
    return Reflect.apply(handle, null, [session, argument, open])
  }

  #fail({ number }: Request, thrown: unknown): void {
    const { code, message, details } = sqliteError(thrown, this.#options.path)
    this.#replies.push({ number, error: { code, message, details } })
  }
}

/** Only what has facts has a seal. The other side has typed the argument. */
const hasSeal = (request: Request): request is Request & { readonly argument: AppendRequest | ImportRequest } =>
  request.seal !== null

const isAppend = (request: Request): request is Request & { readonly argument: AppendRequest } =>
  request.method === 'append'

/** The request, its facts sealed where it has a seal. Before the transaction, so that no other process waits for it. */
function withSealedFacts(request: Request): Request {
  if (!hasSeal(request) || request.seal === null) return request
  const seal = new Seal(request.seal)
  const { argument } = request
  return { ...request, argument: { ...argument, facts: argument.facts.map((row) => sealedRow(seal, row)) } }
}

/** The revision after a usual append; `null`: it is another request, or not a usual one. */
const appendedAtOnce = (request: Request, { appendAtOnce }: OpenDatabase): number | null =>
  isAppend(request) ? appendAtOnce.run(request.argument, request) : null

function rollBack(database: OpenDatabase['database']): void {
  try {
    database.exec('rollback')
  } catch {
    // SQLite rolls back by itself after some errors.
  }
}
