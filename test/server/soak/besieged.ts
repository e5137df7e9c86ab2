// The server that is besieged, in a process of its own. Answers each message with how it is. Forked.
import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { memoryStore, type MessageSource } from '../../../src/index.ts'
import { conversationServer, serve } from '../../../src/server/index.ts'
import { goodPrefix, refusedInput, refusedWords } from './words.ts'

/** How a server is. */
export interface Health {
  /** Bytes in use after a collection. */
  readonly heap: number
  /** Handles and requests that keep the process alive, but for those of this connection. */
  readonly handles: number
  /** Listeners of the process. */
  readonly listeners: number
  readonly open: number
  readonly streams: number
  readonly turns: number
  /** Of all facts, but those of good conversations. */
  readonly facts: string
  /** What the server has reported as faults, and Node as warnings. */
  readonly logged: readonly string[]
}

const source: MessageSource = async function* ({ model, messages }) {
  const isRefused = JSON.stringify(messages.at(-1)).includes(refusedInput)
  yield { type: 'message.started', model, usage: { inputTokens: 1 } }
  yield { type: 'block.started', index: 0, block: { type: 'text', text: '' } }
  for (let nth = 0; nth < 20; nth++) {
    await wait(5)
    yield { type: 'block.delta', index: 0, kind: 'text', text: `word ${nth} ` }
  }
  if (isRefused) yield { type: 'block.delta', index: 0, kind: 'text', text: refusedWords }
  await wait(50)
  yield { type: 'block.stopped', index: 0 }
  yield {
    type: 'message.delta',
    stopReason: isRefused ? 'refusal' : 'end_turn',
    usage: { outputTokens: 20 },
    ...(isRefused ? { category: 'cyber' } : {}),
  }
  yield { type: 'message.stopped' }
}

const logged: string[] = []
process.on('warning', (warning) => void logged.push(warning.stack ?? warning.message))
const store = memoryStore()
const server = conversationServer({
  store,
  source,
  model: 'm1',
  maxTokens: 100,
  whenBusy: 'queue',
  authorize: (request) => {
    const [, id] = /^Bearer (ann|bob|cleo)$/.exec(request.headers.get('authorization') ?? '') ?? []
    return id === undefined ? null : { id }
  },
  limits: { requests: 1e9, allRequests: 1e9, body: 100_000, idle: 100, heartbeat: 50, streams: 1_000 },
  logger: {
    warn: () => {},
    error: (...words) =>
      void logged.push(words.map((word) => (word instanceof Error ? word.stack : String(word))).join(' ')),
  },
})
const { port } = await serve(server, { port: 0, requestTimeout: 1_000 })

async function factsHash(): Promise<string> {
  const hash = createHash('sha256')
  const { conversations } = await store.list({ limit: 1_000 })
  for (const { id, title } of conversations.toSorted((one, other) => (one.id < other.id ? -1 : 1))) {
    if (id.startsWith(goodPrefix)) continue
    hash.update(JSON.stringify([id, title]))
    for await (const page of store.facts(id)) hash.update(JSON.stringify(page))
  }
  return hash.digest('hex')
}

const gauge = (name: string) => Number(new RegExp(`^turnstate_${name} (\\d+)`, 'm').exec(server.metrics())?.[1])

async function health(): Promise<Health> {
  for (let times = 0; times < 3; times++) {
    globalThis.gc?.()
    await wait(1)
  }
  const { heapUsed, external } = process.memoryUsage()
  return {
    heap: heapUsed + external,
    handles: process.getActiveResourcesInfo().filter((name) => name !== 'Timeout').length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    open: gauge('open_conversations'),
    streams: gauge('open_streams'),
    turns: gauge('turns_in_progress'),
    facts: await factsHash(),
    logged,
  }
}

process.on('message', () => void health().then((found) => process.send?.(found)))
process.on('disconnect', () => process.exit())
process.send?.(port)
