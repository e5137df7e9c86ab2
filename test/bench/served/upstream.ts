// The other side of the server, in a process of its own: replies at a steady pace, each with the time at which it is written. A message asks for `reply of 200`.
// Forked.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const pace = 50
/** Replies are written in turns, not all at once. */
const phases = 10

interface Reply {
  readonly response: ServerResponse
  left: number
}

const now = () => performance.timeOrigin + performance.now()
const sse = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`
const replies: readonly Set<Reply>[] = Array.from({ length: phases }, () => new Set<Reply>())
let begun = 0
let nth = 0

function begin(response: ServerResponse, left: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'request-id': 'req_01bench' })
  const message = {
    id: 'msg_01bench',
    type: 'message',
    role: 'assistant',
    model: 'claude-opus-5-5',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 1 },
  }
  response.write(
    sse('message_start', { message }) +
      sse('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  )
  const reply = { response, left }
  const phase = replies[begun++ % phases]
  phase?.add(reply)
  response.on('close', () => phase?.delete(reply))
}

function write(reply: Reply): void {
  if (reply.left-- > 0) {
    const text = `@${now().toFixed(1)}@ word `
    reply.response.write(sse('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }))
    return
  }
  reply.response.end(
    sse('content_block_stop', { index: 0 }) +
      sse('message_delta', {
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: 200 },
      }) +
      sse('message_stop', {}),
  )
}

setInterval(() => {
  for (const reply of replies[nth++ % phases] ?? []) write(reply)
}, pace / phases)

const server = createServer((request, response) => {
  const bytes: Buffer[] = []
  request
    .on('data', (chunk: Buffer) => bytes.push(chunk))
    .on('end', () => {
      const [, count = '1'] =
        [
          ...Buffer.concat(bytes)
            .toString()
            .matchAll(/reply of (\d+)/g),
        ].at(-1) ?? []
      begin(response, Number(count))
    })
})
server.listen(0, '127.0.0.1', 10_000, () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())
