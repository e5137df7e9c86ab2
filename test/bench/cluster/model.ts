// The model, in a process of its own. What a reply is like is said by the last message: `20 deltas of 100 every 15 ms` is a reply of so
// many deltas with so many characters each; `every 0 ms` is all of it at once. `3 calls` calls a tool so often first. Forked. Says its port,
// and then the time at which each reply was cut.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

const now = () => performance.timeOrigin + performance.now()
const sse = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`

let nth = 0

const head = () =>
  sse('message_start', {
    message: {
      id: `msg_01bench${++nth}`,
      type: 'message',
      role: 'assistant',
      model: 'claude-opus-5-5',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 10, output_tokens: 1 },
    },
  })

const tail = (reason: string) =>
  sse('message_delta', { delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: 200 } }) +
  sse('message_stop', {})

const call = (index: number) =>
  sse('content_block_start', {
    index,
    content_block: { type: 'tool_use', id: `toolu_01bench${++nth}`, name: 'count', input: {} },
  }) +
  sse('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json: '{"from":1}' } }) +
  sse('content_block_stop', { index })

async function text(response: ServerResponse, deltas: number, size: number, pace: number): Promise<void> {
  const word = 'word '.repeat(size).slice(0, size)
  const delta = sse('content_block_delta', { index: 0, delta: { type: 'text_delta', text: word } })
  response.write(head() + sse('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }))
  const from = performance.now()
  for (let written = 1; written <= deltas && !response.destroyed; written++) {
    if (pace > 0) await wait(Math.max(0, from + written * pace - performance.now()))
    response.write(delta)
  }
  response.end(sse('content_block_stop', { index: 0 }) + tail('end_turn'))
}

/** The last thing that was said, and whether it is a result. */
function lastOf(body: string): { readonly said: string; readonly isResult: boolean } {
  const { messages } = JSON.parse(body) as { readonly messages: readonly { readonly content: unknown }[] }
  const said = JSON.stringify(messages.at(-1)?.content ?? '')
  return { said, isResult: said.includes('"tool_result"') }
}

const server = createServer((request, response) => {
  const bytes: Buffer[] = []
  request
    .on('data', (chunk: Buffer) => bytes.push(chunk))
    .on('end', () => {
      const { said, isResult } = lastOf(Buffer.concat(bytes).toString())
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'request-id': 'req_01bench' })
      response.on('close', () => {
        if (!response.writableFinished) process.send?.({ cut: now() })
      })
      const [, calls = '0'] = /(\d+) calls/.exec(said) ?? []
      if (!isResult && Number(calls) > 0) {
        const all = Array.from({ length: Number(calls) }, (_, index) => call(index))
        response.end(head() + all.join('') + tail('tool_use'))
        return
      }
      const [, deltas = '10', size = '10', pace = '0'] = /(\d+) deltas of (\d+) every (\d+) ms/.exec(said) ?? []
      void text(response, Number(deltas), Number(size), Number(pace))
    })
})
server.listen(0, '127.0.0.1', 10_000, () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())
