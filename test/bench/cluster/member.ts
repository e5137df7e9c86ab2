// A server that is measured, in a process of its own. Forked with its options as JSON. Says its port, and answers each message with the
// microseconds of CPU that it has used so far.
import { setTimeout as wait } from 'node:timers/promises'
import Anthropic from '@anthropic-ai/sdk'
import { z } from 'zod'
import { dbosHost } from '../../../src/dbos/index.ts'
import { claude, tool } from '../../../src/index.ts'
import { conversationServer, serve } from '../../../src/server/index.ts'
import { postgresStore } from '../../../src/stores/postgres/index.ts'

/** What a server is told. */
export interface MemberOptions {
  readonly databaseUrl: string
  /** The address of the model. */
  readonly model: string
  /** Its name in the cluster; `null`: it is a server without a host, by itself. */
  readonly process: string | null
}

const { databaseUrl, model, process: name } = JSON.parse(process.argv[2] ?? '{}') as MemberOptions

// A conversation counts among the turns of its process for a second after its answer: the usual limit would be what is measured.
const turns = 5_000

const many = 1e9
const server = conversationServer({
  store: postgresStore(databaseUrl),
  ...(name === null ? {} : { host: dbosHost({ databaseUrl, process: name, turns }) }),
  source: claude(new Anthropic({ apiKey: 'none', baseURL: model, maxRetries: 0 })),
  model: 'claude-opus-5-5',
  maxTokens: 1_024,
  tools: [
    tool({
      name: 'count',
      description: 'Counts.',
      input: z.looseObject({}),
      run: async () => 'counted',
    }),
  ],
  limits: {
    requests: many,
    allRequests: many,
    turns: many,
    allTurns: many,
    streams: many,
    allStreams: many,
    open: many,
    // As long as a cluster keeps a conversation open, so that both open it as often.
    idle: 1_000,
  },
  logger: { warn: () => {}, error: (...said) => process.stderr.write(`${said.join(' ')}\n`) },
})

process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.(user + system)
})
process.on('disconnect', () => process.exit())
const { port } = await serve(server, { port: 0 })
await wait(0)
process.send?.(port)
