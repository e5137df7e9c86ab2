// A server of conversations on SQLite, which is killed at any moment: `node serving.ts PATH API-URL PORT`.
import { writeSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import Anthropic from '@anthropic-ai/sdk'
import { claude, tool } from '../../../src/index.ts'
import { conversationServer, serve } from '../../../src/server/index.ts'
import { sqliteStore } from '../../../src/stores/sqlite/index.ts'

const [path = '', api = '', port = '0'] = process.argv.slice(2)

const anything = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value: unknown) => ({ value }),
    jsonSchema: { input: () => ({ type: 'object' }) },
  },
} as const

const policies = ['drop-turn', { fallback: ['claude-sonnet-5'] }, 'manual'] as const

const source = claude(new Anthropic({ apiKey: 'key', baseURL: api, maxRetries: 0 }))
const server = conversationServer({
  store: sqliteStore(path),
  // Conversations leave memory in mid-test too, and come back.
  limits: { requests: 1e9, allRequests: 1e9, turns: 1e6, streams: 1e6, open: 5, idle: 200, heartbeat: 100 },
  logger: { warn: () => {}, error: (...words) => void process.stderr.write(`${words.map(String).join(' ')}\n`) },
  options: ({ id }) => ({
    source,
    model: 'claude-opus-5-5',
    maxTokens: 1_000,
    // A killed process has the conversation for so long.
    lease: 300,
    whenBusy: 'queue',
    retry: { baseDelay: 5, maxDelay: 20 },
    onRefusal: policies[Number(id.slice(1)) % policies.length] ?? 'drop-turn',
    tools: ['act', 'ask'].map((name) =>
      tool({
        name,
        input: anything,
        needsApproval: name === 'ask',
        run: async () => {
          await wait(5)
          return 'done'
        },
      }),
    ),
  }),
})
await serve(server, { port: Number(port) })
writeSync(1, 'ready\n')
