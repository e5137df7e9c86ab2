// The server that is measured, in a process of its own: conversations on SQLite, or a Hono app that hands the bytes of the API on.
// Forked with `turnstate|proxy UPSTREAM-PORT FOLDER IDLE`. Answers each message with what it has used so far.
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import Anthropic from '@anthropic-ai/sdk'
import { serve as serveNode } from '@hono/node-server'
import { Hono } from 'hono'
import { claude } from '../../../src/index.ts'
import { conversationServer, serve } from '../../../src/server/index.ts'
import { sqliteStore } from '../../../src/stores/sqlite/index.ts'

const [what = '', upstream = '', folder = '', idle = '60000'] = process.argv.slice(2)
const api = `http://127.0.0.1:${upstream}`

/** What a process has used. */
export interface Used {
  /** Microseconds of CPU. */
  readonly cpu: number
  /** Bytes in use after a collection; the worker of the store aside. 0 unless it was asked for. */
  readonly memory: number
  readonly open: number
}

let openConversations = () => 0

/**
 * Lets go of everything that nobody holds any more. What a collection finalizes (each `Request` of Node, for its signal) is freed by the next one,
 * in a later turn of the event loop: collections in a row would all count it.
 */
async function collect(): Promise<void> {
  for (let times = 0; times < 4; times++) {
    globalThis.gc?.()
    await wait(20)
  }
  // What goes on meanwhile is not counted.
  globalThis.gc?.()
}

async function used(collects: boolean): Promise<Used> {
  if (collects) await collect()
  const { user, system } = process.cpuUsage()
  const { heapUsed, external } = process.memoryUsage()
  return { cpu: user + system, memory: collects ? heapUsed + external : 0, open: openConversations() }
}

async function listen(): Promise<number> {
  if (what === 'proxy') {
    const app = new Hono().post('/v1/messages', async (context) => {
      const { body, headers } = await fetch(`${api}/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: await context.req.text(),
      })
      return new Response(body, { headers })
    })
    return new Promise((resolve) => {
      serveNode({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port))
    })
  }
  const server = conversationServer({
    store: sqliteStore(join(folder, `${process.pid}.db`), { durability: 'normal' }),
    source: claude(new Anthropic({ apiKey: 'key', baseURL: api, maxRetries: 0 })),
    model: 'claude-opus-5-5',
    maxTokens: 1_000,
    limits: {
      requests: 1e9,
      allRequests: 1e9,
      turns: 1e6,
      allTurns: 1e6,
      streams: 1e6,
      allStreams: 1e6,
      open: 1e6,
      idle: Number(idle),
    },
  })
  openConversations = () => Number(/^turnstate_open_conversations (\d+)/m.exec(server.metrics())?.[1])
  return (await serve(server, { port: 0 })).port
}

process.on('message', (message) => void used(message === 'memory').then((found) => process.send?.(found)))
process.on('disconnect', () => process.exit())
process.send?.(await listen())
