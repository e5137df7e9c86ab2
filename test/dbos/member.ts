// A process of a cluster, for tests. It listens on a free port, says its address in its first line, and ends with its input.
import { setTimeout as wait } from 'node:timers/promises'
import Anthropic from '@anthropic-ai/sdk'
import { z } from 'zod'
import { dbosHost } from '../../src/dbos/index.ts'
import { claude, tool } from '../../src/index.ts'
import { conversationServer, serve } from '../../src/server/index.ts'
import { postgresStore } from '../../src/stores/postgres/index.ts'

/** What a member is told, as JSON in its first argument. */
export interface MemberOptions {
  readonly databaseUrl: string
  /** The address of the model. */
  readonly model: string
  /** Where calls of tools are counted: each is posted there by its id. */
  readonly effects: string
  readonly process: string
  /** The address that it listens on. Default: this machine only. */
  readonly host?: string
  readonly build?: string
  readonly cluster?: string
  /** Milliseconds that its clock is ahead. Default 0. */
  readonly ahead?: number
}

const options = JSON.parse(process.argv[2] ?? '{}') as MemberOptions

const clock = Date.now
const { ahead = 0 } = options
Date.now = () => clock() + ahead

/** By the number in the id of a conversation. */
const policies = ['drop-turn', { fallback: ['claude-sonnet-5'] }, 'manual'] as const

/** Tells whoever counts that a tool was run. */
const effect = (callId: string) =>
  fetch(options.effects, { method: 'POST', body: callId }).then((response) => response.text())

const store = postgresStore(options.databaseUrl)
const source = claude(
  new Anthropic({
    apiKey: 'none',
    baseURL: options.model,
    maxRetries: 0,
    // Says which process asks.
    defaultHeaders: { 'x-member': options.process },
  }),
)
const server = conversationServer({
  store,
  // One that listens for other machines must know who asks.
  ...(options.host === undefined ? {} : { authorize: () => ({ id: 'everybody' }) }),
  host: dbosHost({
    databaseUrl: options.databaseUrl,
    process: options.process,
    ...(options.build === undefined ? {} : { build: options.build }),
    ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
  }),
  limits: { requests: 1e9, allRequests: 1e9, turns: 1e6, streams: 1e6, heartbeat: 1_000, shutdown: 2_000 },
  logger: {
    warn: () => {},
    error: (...words) => void process.stderr.write(`${[new Date().toISOString(), ...words].map(String).join(' ')}\n`),
  },
  options: ({ id }) => ({
    // What kills whoever runs it.
    source: (request, given) => {
      if (JSON.stringify(request.messages.at(-1)).includes('poison message')) process.kill(process.pid, 'SIGKILL')
      return source(request, given)
    },
    model: 'claude-opus-5-5',
    maxTokens: 1_000,
    whenBusy: 'queue',
    retry: { baseDelay: 5, maxDelay: 20 },
    onRefusal: policies[Number(/\d+$/.exec(id)?.[0] ?? 0) % policies.length] ?? 'drop-turn',
    tools: ['act', 'ask'].map((name) =>
      tool({
        name,
        input: z.looseObject({}),
        needsApproval: name === 'ask',
        run: async (_input, { callId }) => {
          await effect(callId)
          await wait(20)
          return 'done'
        },
      }),
    ),
  }),
})

try {
  const serving = await serve(server, { port: 0, ...(options.host === undefined ? {} : { host: options.host }) })
  process.stdout.write(`${serving.url}\n`)
  process.stdin.resume().on('end', () => {
    void serving
      .close()
      .then(() => store.close())
      .then(() => process.exit(0))
  })
} catch (error) {
  process.stdout.write(
    `failed: ${JSON.stringify({ code: (error as { code?: string }).code, message: String(error) })}\n`,
  )
  process.exit(1)
}
