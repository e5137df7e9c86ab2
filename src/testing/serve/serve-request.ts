import type { IncomingMessage, ServerResponse } from 'node:http'
import { parsedObject } from '../api/json.ts'
import { recordRequest } from '../api/recorded-request.ts'
import type { SimulatorState } from '../plan/simulator-state.ts'
import { answerRequest } from './answer-request.ts'
import { permitPage } from './cors.ts'
import { plainHeaders } from './plain-headers.ts'
import type { RequestBody } from './read-body.ts'
import type { RequestLog } from './request-log.ts'
import { failWith } from './send-failure.ts'

/** Records one request and answers it. `closing` is aborted when the simulator closes. */
export const serveRequest = async (
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
    body: parsedObject(body.text),
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
    // The rest of a body that was too long is not read.
    const leave = (): void => void incoming.destroy()
    if (body.cut && (response.writableFinished || response.destroyed)) leave()
    else if (body.cut) response.once('close', leave)
  }
}
