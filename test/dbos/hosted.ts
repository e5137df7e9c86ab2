// A process of a cluster, in the process of the test: there can be one at a time whose engine has begun.
import { onTestFinished } from 'vitest'
import { dbosHost, type DbosHostOptions } from '../../src/dbos/index.ts'
import { conversationServer } from '../../src/server/index.ts'
import { postgresStore } from '../../src/stores/postgres/index.ts'
import { createManualSource } from '../conversation/manual-source.ts'

export function hosted(databaseUrl: string, options: Omit<DbosHostOptions, 'databaseUrl'> = {}) {
  const { source, asked, replies } = createManualSource()
  const store = postgresStore(databaseUrl)
  const errors: string[] = []
  const logger = {
    warn: () => {},
    error: (...words: readonly unknown[]) => void errors.push(words.map(String).join(' ')),
  }
  const server = conversationServer({
    store,
    source,
    model: 'm1',
    maxTokens: 100,
    logger,
    limits: { shutdown: 500 },
    host: dbosHost({ databaseUrl, ...options }),
  })
  const close = async () => {
    await server.close()
    await store.close()
  }
  onTestFinished(close)
  return { server, asked, replies, errors, close }
}

/** What a server says to a request with JSON. */
export const post = (server: { fetch: (request: Request) => Promise<Response> }, path: string, body: unknown) =>
  server.fetch(
    new Request(`http://localhost${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  )
