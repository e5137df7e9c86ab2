// The other side: POST /<text|thinking|tool-call>/<packed|single|paced>/<deltas>/v1/messages answers with that reply.
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { type Delivery, replyEvents, type ReplyKind, textReply, toSse } from '../replies.ts'
import { pace, pacedDelta } from './paced.ts'

const chunkSize = 64 * 1024

/** Chunks that come faster than they are read are handed on as one, so single events keep this distance, in milliseconds. */
const distance = 0.25

const prepared = new Map<string, readonly Buffer[]>()

/** The bytes of a reply, chunk by chunk; made once, before anybody is measured. */
function chunksFor(kind: ReplyKind, delivery: Delivery, count: number): readonly Buffer[] {
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

async function write(response: ServerResponse, chunks: readonly Buffer[], milliseconds: number): Promise<void> {
  for (const chunk of chunks) {
    const next = performance.now() + milliseconds
    if (!response.write(chunk)) await once(response, 'drain')
    // No timer is as fine as this.
    do await setImmediate()
    while (performance.now() < next)
  }
  response.end()
}

/** Replies at a steady pace are written in turns, not all at once. */
const phases = 10
const paced: readonly Set<() => void>[] = Array.from({ length: phases }, () => new Set<() => void>())
let begun = 0
let phase = 0

function pacedReply(response: ServerResponse, count: number): void {
  // One delta, to be cut at: what comes before it, and what comes after.
  const events = textReply(['?']).map(toSse)
  const at = events.findIndex((event) => event.includes('"?"'))
  const [pattern = ''] = events.slice(at)
  response.write(events.slice(0, at).join(''))
  const turn = paced[begun++ % phases]
  let left = count
  const go = () => {
    if (left-- > 0) response.write(pattern.replace('?', pacedDelta()))
    else {
      turn?.delete(go)
      response.end(events.slice(at + 1).join(''))
    }
  }
  turn?.add(go)
  response.on('close', () => turn?.delete(go))
}

function answer(response: ServerResponse, kind: ReplyKind, delivery: Delivery, count: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'request-id': 'req_01bench' })
  if (delivery === 'paced') pacedReply(response, count)
  else void write(response, chunksFor(kind, delivery, count), delivery === 'single' ? distance : 0)
}

/** Listens to a port of this machine, until it is closed. */
export async function startServer(): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer((request, response) => {
    const [, kind = '', delivery = '', count = ''] = request.url?.split('/') ?? []
    // The contestants ask for nothing else.
    request.resume().on('end', () => answer(response, kind as ReplyKind, delivery as Delivery, Number(count)))
  })
  const timer = setInterval(() => {
    for (const go of paced[phase++ % phases] ?? []) go()
  }, pace / phases)
  server.on('close', () => clearInterval(timer))
  // No connection is closed while another contestant has its round.
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1', 10_000)
  await once(server, 'listening')
  // An AddressInfo, because it listens to a port.
  return { port: (server.address() as AddressInfo).port, server }
}
