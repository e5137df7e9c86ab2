// The other side, in a process of its own, so that the CPU measured is the client's alone. Forked by run.ts.
// POST /<text|thinking|tool-call>/<packed|single>/<deltas>/v1/messages answers with that reply.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { type ReplyKind, replyEvents, toSse } from './replies.ts'

const chunkSize = 64 * 1024
const prepared = new Map<string, readonly Buffer[]>()

/** The bytes of a reply, chunk by chunk; made once, before anybody is measured. */
function chunksFor(kind: ReplyKind, delivery: string, count: number): readonly Buffer[] {
  const key = `${kind}/${delivery}/${count}`
  const known = prepared.get(key)
  if (known) return known
  const events = replyEvents(kind, count).map((event) => Buffer.from(toSse(event)))
  const chunks = delivery === 'packed' ? cut(Buffer.concat(events)) : events
  prepared.set(key, chunks)
  return chunks
}

/** Cut where a network would: anywhere. */
const cut = (bytes: Buffer): readonly Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / chunkSize) }, (_, index) =>
    bytes.subarray(index * chunkSize, (index + 1) * chunkSize),
  )

/** Chunks that come faster than they are read are handed on as one, so the events of a reply keep this distance. */
const pause = { packed: 0, single: 0.08 }

async function write(response: ServerResponse, chunks: readonly Buffer[], milliseconds: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'request-id': 'req_01bench' })
  for (const chunk of chunks) {
    const next = performance.now() + milliseconds
    if (!response.write(chunk)) await once(response, 'drain')
    // No timer is as fine as this.
    do await setImmediate()
    while (performance.now() < next)
  }
  response.end()
}

const server = createServer((request, response) => {
  const [, kind = '', delivery = '', count = ''] = request.url?.split('/') ?? []
  // The contestants ask for nothing else.
  const chunks = chunksFor(kind as ReplyKind, delivery, Number(count))
  const distance = delivery === 'single' ? pause.single : pause.packed
  request.resume().on('end', () => void write(response, chunks, distance))
})
// No connection is closed while another contestant has its round.
server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', () => {
  // An AddressInfo, because it listens to a port.
  process.send?.((server.address() as AddressInfo).port)
})
process.on('disconnect', () => process.exit())
