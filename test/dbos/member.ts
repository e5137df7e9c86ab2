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
  /** Where calls of tools are counted. */
  readonly effects: string
  readonly process: string
  readonly build?: string
  readonly cluster?: string
}

const options = JSON.parse(process.argv[2] ?? '{}') as MemberOptions

/** Tells whoever counts that a tool was run, by its call. */
const effect = (name: string) =>
  fetch(options.effects, { method: 'POST', body: name }).then((response) => response.text())

const store = postgresStore(options.databaseUrl)
const server = conversationServer({
  store,
  host: dbosHost({
    databaseUrl: options.databaseUrl,
    process: options.process,
    ...(options.build === undefined ? {} : { build: options.build }),
    ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
  }),
  source: claude(new Anthropic({ apiKey: 'none', baseURL: options.model, maxRetries: 0 })),
  model: 'claude-opus-5-5',
  maxTokens: 1024,
  whenBusy: 'queue',
  tools: [
    tool({
      name: 'count',
      description: 'Counts.',
      input: z.looseObject({}),
      run: async (_input, { callId }) => {
        await effect(callId)
        await wait(20)
        return 'counted'
      },
    }),
    tool({
      name: 'send',
      description: 'Sends, once a person has approved it.',
      input: z.looseObject({}),
      needsApproval: true,
      run: (_input, { callId }) => effect(callId).then(() => 'sent'),
    }),
  ],
  limits: { requests: 1_000_000 },
})

try {
  const serving = await serve(server, { port: 0 })
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
