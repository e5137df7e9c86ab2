// The thread that has the database: a write waits for the disk, which would block the app. Requests that arrive while it waits share
// the next transaction, and so the next wait.
import { parentPort, workerData } from 'node:worker_threads'
import { sql } from 'kysely'
import { isObject } from '../../objects.ts'
import * as queries from '../sql/queries.ts'
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

class Thread {
  readonly #options: ThreadOptions
  readonly #send: (reply: Reply) => void
  #open: OpenDatabase | null = null
  #waiting: Request[] = []
  #isRunning = false

  constructor(options: ThreadOptions, send: (reply: Reply) => void) {
    this.#options = options
    this.#send = send
  }

  add(request: Request): void {
    this.#waiting.push(request)
    if (this.#isRunning) return
    this.#isRunning = true
    this.#next()
  }

  /** After the messages that have arrived meanwhile. */
  #next(): void {
    setImmediate(() => void this.#runAll())
  }

  async #runAll(): Promise<void> {
    const requests = this.#waiting
    this.#waiting = []
    await this.#runEach(requests)
    if (this.#waiting.length > 0) this.#next()
    else this.#isRunning = false
  }

  async #runEach(requests: readonly Request[]): Promise<void> {
    try {
      this.#open ??= await openDatabase(this.#options.path, this.#options.durability)
    } catch (error) {
      for (const request of requests)
        if (request.method === 'close') this.#send({ number: request.number, value: undefined })
        else this.#fail(request, error)
      return
    }
    const open = this.#open
    await this.#write(
      requests.filter(({ method }) => writes.has(method)),
      open,
    )
    for (const request of requests.filter(({ method }) => !writes.has(method))) await this.#read(request, open)
  }

  /** One transaction for all. If one of them fails, each gets its own. */
  async #write(requests: readonly Request[], open: OpenDatabase): Promise<void> {
    if (requests.length === 0) return
    const { database } = open
    const replies: Reply[] = []
    try {
      open.checkFiles()
      database.exec('begin immediate')
      try {
        for (const request of requests)
          replies.push({ number: request.number, value: await this.#handle(request, open) })
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
      else this.#send(reply)
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
      this.#send({ number: request.number, value: await this.#handle(request, open) })
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
    this.#send({ number, error: { code, message, details } })
  }
}

function rollBack(database: OpenDatabase['database']): void {
  try {
    database.exec('rollback')
  } catch {
    // SQLite rolls back by itself after some errors.
  }
}

if (parentPort) {
  const port = parentPort
  const options: ThreadOptions = workerData
  const thread = new Thread(options, (reply) => port.postMessage(reply))
  port.on('message', (request: Request) => thread.add(request))
}
