// An API whose every answer is an attack, of each kind in turn.
import { createServer, type ServerResponse } from 'node:http'
import { nestedJson } from '../../nested.ts'

type Answer = (response: ServerResponse) => void

const event = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`

const begun = event('message_start', {
  message: {
    id: 'msg_1',
    role: 'assistant',
    model: 'claude-opus-5-5',
    content: [],
    stop_reason: null,
    usage: { input_tokens: 1, output_tokens: 0 },
  },
})

const stream =
  (...parts: readonly string[]): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const part of parts) response.write(part)
    response.end()
  }

const failing =
  (status: number, type: string, body: string): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': type })
    response.end(body)
  }

const toolUse = event('content_block_start', {
  index: 0,
  content_block: { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} },
})
const inputOf = (json: string): string =>
  event('content_block_delta', { index: 0, delta: { type: 'input_json_delta', partial_json: json } })
const stopped = event('content_block_stop', { index: 0 })
const asking = event('message_delta', { delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 1 } })
const over = event('message_stop', {})

const apiError = (message: string): string =>
  JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message } })

/** The answers of the hostile API, by name. */
export const answers: Readonly<Record<string, Answer>> = {
  'tool input of 5,000 levels': stream(begun, toolUse, inputOf(nestedJson(5_000)), stopped, asking, over),
  'a block of 20,000 levels': stream(
    begun,
    `event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"of_tomorrow","x":${nestedJson(20_000)}}}\n\n`,
    over,
  ),
  'a block with the index 300,000,000': stream(
    begun,
    event('content_block_start', { index: 300_000_000, content_block: { type: 'text', text: 'x' } }),
    over,
  ),
  'an unfinished line of 8 MB': stream(begun, 'data: ', ...Array.from({ length: 128 }, () => 'x'.repeat(65_536))),
  '100,000 empty lines': stream(begun, '\n'.repeat(100_000), over),
  'an error of 120,000 dots': failing(400, 'application/json', apiError(`${'.'.repeat(120_000)}x`)),
  'an error of 120,000 blanks': failing(400, 'application/json', apiError(`x${' '.repeat(120_000)}x`)),
  'a page of 2 MB': failing(502, 'text/html', `<html><title${'<title'.repeat(300_000)}`),
  'an error of 20,000 levels': failing(400, 'application/json', `{"type":"error","error":${nestedJson(20_000)}}`),
  '20,000 deltas at once': stream(
    begun,
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'x' } }).repeat(20_000),
    stopped,
    event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } }),
    over,
  ),
}

export async function startHostileApi() {
  const all = Object.values(answers)
  let count = 0
  const server = createServer((request, response) => {
    request.resume()
    response.on('error', () => {})
    all[count++ % all.length]?.(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { readonly port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
