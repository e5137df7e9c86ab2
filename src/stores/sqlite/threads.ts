// Where a database is: in a thread of its own, or in the app's.
import { setImmediate } from 'node:timers'
import { Worker } from 'node:worker_threads'
import { messageOf, quoteOf, TurnstateError } from '../../errors.ts'
import { isObject } from '../../objects.ts'
import type { Executor } from './executor.ts'
import type { Reply, Request, ThreadOptions } from './protocol.ts'

/** What runs the requests of a store. */
export interface DatabaseThread {
  post(request: Request): void
  /** While requests are under way, the process stays alive. */
  hold(): void
  letGo(): void
  end(): Promise<void>
}

/** Receives the answers, and the error of a thread that ends by itself. */
export interface ThreadListener {
  readonly answered: (replies: readonly Reply[]) => void
  readonly ended: (error: TurnstateError) => void
}

/** A thread of its own: the app goes on while the disk writes. */
export function ownThread(
  options: ThreadOptions,
  { answered, ended }: ThreadListener,
  module = ownModule,
): DatabaseThread {
  const worker = startThread(module, options)
  const gone = (thrown: unknown) =>
    ended(
      new TurnstateError(
        'store-unavailable',
        whyEnded(thrown) ?? `The thread of the database ${options.path} ended.`,
        thrown === null ? {} : quoteOf(thrown),
      ),
    )
  worker.unref()
  worker.on('message', answered)
  worker.on('error', gone)
  worker.on('exit', () => gone(null))
  return {
    post: (request) => worker.postMessage(request, []),
    hold: () => worker.ref(),
    letGo: () => worker.unref(),
    end: async () => {
      await worker.terminate()
    },
  }
}

/** The app's own thread: the app waits for the disk. Requests of one turn of the event loop share a transaction. */
export function appThread(options: ThreadOptions, { answered, ended }: ThreadListener): DatabaseThread {
  let waiting: Request[] = []
  let isRunning = false
  let executor: Executor | null = null
  const run = async () => {
    // An app whose database has a thread of its own does not load it.
    executor ??= new (await import('./executor.ts')).Executor(options, answered)
    while (waiting.length > 0) {
      const requests = waiting
      waiting = []
      await executor.run(requests)
      // The app has its turn after each transaction.
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    isRunning = false
  }
  const failed = (thrown: unknown) =>
    ended(
      new TurnstateError(
        'store-unavailable',
        whyEnded(thrown) ?? `The database ${options.path} cannot be used.`,
        quoteOf(thrown),
      ),
    )
  return {
    post: (request) => {
      waiting.push(request)
      if (isRunning) return
      isRunning = true
      setImmediate(() => void run().catch(failed))
    },
    hold: () => {},
    letGo: () => {},
    end: async () => {},
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
