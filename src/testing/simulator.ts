import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { messageOf, TurnstateError } from '../errors.ts'
import { checkOptions } from './plan/check-options.ts'
import { answerPreflight } from './serve/cors.ts'
import { createCreditDesk } from './memory/credit-desk.ts'
import { createIds } from './api/ids.ts'
import { rulesOf as rulesOfModel } from './api/models.ts'
import { createBodyReader } from './serve/read-body.ts'
import type { RecordedRequest } from './api/recorded-request.ts'
import { createRequestLog } from './serve/request-log.ts'
import { createScriptReader } from './plan/script-reader.ts'
import { serveRequest } from './serve/serve-request.ts'
import { createServedTurns } from './memory/served-turns.ts'
import { createSignatures } from './memory/thinking-signatures.ts'
import type { SimulatorOptions } from './plan/simulator-options.ts'
import type { SimulatorState } from './plan/simulator-state.ts'

/** The options of `simulator.close()`. */
export interface CloseOptions {
  /** Whether unused steps are an error. Default: false. */
  readonly assertConsumed?: boolean
}

/** A local server that speaks the Messages API. */
export interface Simulator {
  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  readonly url: string
  readonly port: number
  /**
   * The requests in the order in which their bodies arrived, including those that were answered with an error. Only the
   * newest 10,000 are kept, and the newest 256 MB of their bodies: see `droppedRequests` and `bodyDropped`.
   */
  readonly requests: readonly RecordedRequest[]
  /** The number of requests that were dropped from the beginning of `requests`. */
  readonly droppedRequests: number
  /** The number of open connections. */
  readonly openSockets: number
  /**
   * Resolves with the nth request (default 1, the first) as soon as its body has arrived.
   * Rejects if the simulator closes first, and for a request that was dropped.
   */
  readonly waitForRequest: (n?: number) => Promise<RecordedRequest>
  /**
   * Throws `script-unfinished` if steps were not used or a request had no step, and `script-invalid` if a function
   * returned an invalid step or a fault was never reached.
   */
  readonly assertConsumed: () => void
  /**
   * Closes the server and all connections, including stalled replies and pending delays. May be called again.
   * Rejects afterwards, once, with what went wrong with the script; unused steps count only with `assertConsumed`.
   */
  readonly close: (options?: CloseOptions) => Promise<void>
}

// Loopback only: the simulator accepts any key, so nobody else may reach it.
const host = '127.0.0.1'

/** Connections at once; further ones are closed immediately. */
const mostConnections = 1_000

/** Resolves with the actual port. */
const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new TurnstateError(
          'port-unavailable',
          `The simulator can't listen on ${host}:${port} (${messageOf(cause)}). Free that port or choose another one; port 0 takes any free port.`,
          { cause },
        ),
      )
    })
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })

/**
 * Starts a local server that behaves like the Messages API: its streams, its errors, and its checks of requests. With a
 * script it answers what the script says; without one it answers with a short text, and refuses the test string.
 * Throws `invalid-option`, `script-invalid` or `port-unavailable`.
 */
export const startSimulator = async (options: SimulatorOptions = {}): Promise<Simulator> => {
  checkOptions(options)
  const script = createScriptReader(options.script, options.onExhausted ?? 'fail')
  const rulesOf: SimulatorState['rulesOf'] = (model) => rulesOfModel(model, options)
  const state: SimulatorState = {
    options,
    rulesOf,
    credit: createCreditDesk(options.now ?? Date.now, rulesOf),
    ids: createIds(),
    script,
    signatures: createSignatures(),
    served: createServedTurns(),
  }
  const log = createRequestLog()
  const readBody = createBodyReader()
  const closing = new AbortController()
  const sockets = new Set<Socket>()
  const server = createServer((incoming, response) => {
    if (options.cors === true && answerPreflight(incoming, response)) return
    const served = readBody(incoming).then((body) => serveRequest(state, log, closing.signal, incoming, response, body))
    served.catch((thrown: unknown) => {
      // A client may hang up while it sends; anything else is a defect that must be reported.
      if (!incoming.complete || closing.signal.aborted) return
      script.report('script-invalid', `The simulator failed on a request: ${messageOf(thrown)}`)
      response.destroy()
    })
  })
  server.maxConnections = mostConnections
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const port = await listen(server, options.port ?? 0)

  let ended: Promise<void> | undefined
  const end = (): Promise<void> =>
    new Promise((resolve) => {
      closing.abort()
      log.close()
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  const throwProblem = (leftovers: boolean): void => {
    const problem = script.problem(leftovers)
    if (problem) throw problem
  }
  return {
    url: `http://${host}:${port}`,
    port,
    requests: log.requests,
    get droppedRequests() {
      return log.count - log.requests.length
    },
    get openSockets() {
      return sockets.size
    },
    waitForRequest: log.waitFor,
    assertConsumed: () => throwProblem(true),
    close: async ({ assertConsumed = false } = {}) => {
      ended ??= end()
      await ended
      try {
        throwProblem(assertConsumed)
      } finally {
        script.clear()
      }
    },
  }
}
