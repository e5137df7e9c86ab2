import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { messageOf, TurnstateError } from '../errors.ts'
import { answerRequest } from './serve/answer-request.ts'
import { checkOptions } from './plan/check-options.ts'
import { answerPreflight, permitPage } from './serve/cors.ts'
import { createCreditDesk } from './memory/credit-desk.ts'
import { createIds } from './api/ids.ts'
import { isObject, type JsonObject } from './api/json.ts'
import { rulesOf as rulesOfModel } from './api/models.ts'
import { createBodyReader, type RequestBody } from './serve/read-body.ts'
import { recordRequest } from './api/recorded-request.ts'
import { createRequestLog, type RequestLog } from './serve/request-log.ts'
import { createScriptReader } from './plan/script-reader.ts'
import { failWith } from './serve/send-failure.ts'
import { createServedTurns } from './memory/served-turns.ts'
import { createSignatures } from './memory/signatures.ts'
import type { Simulator, SimulatorOptions } from './plan/simulator-options.ts'
import type { SimulatorState } from './plan/simulator-state.ts'

// Binding to loopback only: the simulator takes any key and answers anybody who can reach it.
const host = '127.0.0.1'

/** Connections at once; further ones are closed as they come. */
const mostConnections = 1_000

const parsed = (text: string): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const plainHeaders = (incoming: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  )

const serve = async (
  state: SimulatorState,
  log: RequestLog,
  closing: AbortSignal,
  incoming: IncomingMessage,
  response: ServerResponse,
  body: RequestBody,
): Promise<void> => {
  const record = recordRequest({
    index: log.count,
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: plainHeaders(incoming),
    body: parsed(body.text),
    text: body.text,
    bytes: body.bytes,
    requestId: state.ids.request(),
  })
  const gone = new AbortController()
  let answering = true
  response.once('close', () => {
    if (!response.writableEnded && answering && !closing.aborted) record.update({ aborted: true })
    gone.abort()
    record.settle('answered')
    record.settle('closed')
  })
  log.add(record)
  const exchange = { response, record, signal: AbortSignal.any([gone.signal, closing]) }
  const denied = state.options.cors === true ? permitPage(incoming, response) : undefined
  try {
    if (denied) await failWith(exchange, denied)
    else await answerRequest(state, exchange, body)
  } finally {
    answering = false
    // What the client still sends, nobody reads.
    const leave = (): void => void incoming.destroy()
    if (body.cut && (response.writableFinished || response.destroyed)) leave()
    else if (body.cut) response.once('close', leave)
  }
}

/** Resolves with the port that it got. */
const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new TurnstateError(
          'port-unavailable',
          `The simulator can't listen on ${host}:${port} (${messageOf(cause)}). Free that port, or choose another one; port 0 takes any free port.`,
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
 * Starts a local server that speaks the Messages API faithfully: its stream, its errors, and its strictness about
 * histories. Scripted, it says what it was told; otherwise it answers readably, and refuses the test string.
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
    const served = readBody(incoming).then((body) => serve(state, log, closing.signal, incoming, response, body))
    served.catch((thrown: unknown) => {
      // A client that hangs up while it sends is no event; anything else is a defect, and must not pass in silence.
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
