// The clients, in a process of their own. Forked. Each message asks it to create conversations, or to have them all stream at once.
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'

/** What is asked of the clients. */
export interface Task {
  readonly what: 'create' | 'stream'
  readonly port: number
  /** Conversations, and the number of the first one. */
  readonly count: number
  readonly first: number
  /** Deltas of each reply. */
  readonly deltas: number
  /** The server hands on the bytes of the API. */
  readonly isProxy: boolean
  /** Milliseconds in which deltas are gathered. */
  readonly frame: number
}

/** What the clients say. `steady`: all replies have begun. `ending`: the first one has ended. */
export type Said =
  | { readonly type: 'created' }
  | { readonly type: 'steady' | 'ending'; readonly deltas: number }
  | {
      readonly type: 'done'
      readonly whole: number
      readonly deltas: number
      /** Milliseconds from the write of the API to the read of the client, of all deltas while all replies were in progress. */
      readonly p50: number | null
      readonly p99: number | null
    }

const agent = new Agent({ keepAlive: false, maxSockets: Infinity })
const now = () => performance.timeOrigin + performance.now()
const say = (said: Said) => void process.send?.(said)

async function post(port: number, path: string, body: object): Promise<IncomingMessage> {
  const text = JSON.stringify(body)
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
  const sent = request({ agent, port, host: '127.0.0.1', method: 'POST', path, headers }).end(text)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  if ((response.statusCode ?? 500) >= 300) throw new Error(`${path} was answered ${response.statusCode}`)
  return response
}

async function create({ port, count, first }: Task): Promise<void> {
  for (let nth = 0; nth < count; nth += 20)
    await Promise.all(
      Array.from({ length: Math.min(20, count - nth) }, async (_, each) => {
        const response = await post(port, '/v1/conversations', { id: `c${first + nth + each}` })
        await once(response.resume(), 'end')
      }),
    )
  say({ type: 'created' })
}

async function stream({ port, count, first, deltas, isProxy, frame }: Task): Promise<void> {
  let heard = 0
  let begun = 0
  let whole = 0
  let isSteady = false
  let hasEnded = false
  const late: number[] = []
  const one = async (nth: number) => {
    const input = `A reply of ${deltas}.`
    const response = isProxy
      ? await post(port, '/v1/messages', { input })
      : await post(port, `/v1/conversations/c${nth}/messages?frame=${frame}`, { input })
    let mine = 0
    let rest = ''
    response.setEncoding('latin1').on('data', (chunk: string) => {
      const at = now()
      const events = (rest + chunk).split('\n\n')
      rest = events.pop() ?? ''
      // The outcome has the whole text once more.
      for (const event of events)
        if (/^event: (content_block_)?delta$/m.test(event))
          for (const { 1: written } of event.matchAll(/@(\d+\.\d)@/g)) {
            if (mine++ === 0 && ++begun === count) {
              isSteady = true
              say({ type: 'steady', deltas: heard })
            }
            heard++
            if (isSteady && !hasEnded) late.push(at - Number(written))
          }
    })
    await once(response, 'end')
    if (!hasEnded) say({ type: 'ending', deltas: heard })
    hasEnded = true
    if (mine === deltas) whole++
  }
  const all: Promise<void>[] = []
  for (let nth = 0; nth < count; nth++) {
    all.push(one(first + nth))
    if (nth % 10 === 9) await new Promise((resolve) => void setTimeout(resolve, 20))
  }
  await Promise.all(all)
  late.sort((one_, other) => one_ - other)
  const at = (part: number) => late[Math.floor(late.length * part)] ?? null
  say({ type: 'done', whole, deltas: heard, p50: at(0.5), p99: at(0.99) })
}

process.on('message', (task: Task) => void (task.what === 'create' ? create(task) : stream(task)))
process.on('disconnect', () => process.exit())
