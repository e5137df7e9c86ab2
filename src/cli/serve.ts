import { once } from 'node:events'
import { messageOf, TurnstateError } from '../errors.ts'
import { memoryStore, type Store } from '../stores/index.ts'
import { forTerminal, inOneRow } from '../terminal-text.ts'
import type { ConversationServer, ConversationServerOptions, Serving } from '../server/index.ts'
import { defaultModel } from './chat-flags.ts'
import { connect, type Connection } from './connection.ts'
import type { Host } from './host.ts'
import { openStore } from './stores/open-store.ts'
import type { StoreAddress } from './stores/store-address.ts'
import { readServerConfig, type ServerConfig } from './server-config.ts'

export interface ServeFlags {
  /** Default: 8787. */
  readonly port?: number
  readonly host?: string
  readonly store?: StoreAddress | 'memory'
  readonly token?: readonly string[]
  readonly allowOrigin?: readonly string[]
  readonly model?: string
  readonly maxTokens: number
  readonly baseUrl?: string
  readonly config?: string
  readonly inspect?: boolean
  readonly json?: boolean
}

/** Variables of the environment. */
const tokenVariable = 'TURNSTATE_TOKEN'

/** Serves conversations until a signal ends it. Returns the exit code. */
export async function serveConversations(flags: ServeFlags, host: Host): Promise<number> {
  const opened: (() => Promise<unknown>)[] = []
  const say = (text: string) => void host.output.write(`${text}\n`)
  try {
    const config = await readServerConfig(flags.config)
    const store = await storeFor(flags, config)
    opened.unshift(() => store.close())
    const connection = config.source ? null : await connectionFor(flags, host)
    if (connection) opened.unshift(() => connection.close())
    const source = config.source ?? connection?.source
    if (!source) throw new TurnstateError('internal-error', 'There is no source of replies.')
    const inspector = flags.inspect ? await startedInspector() : null
    if (inspector) opened.unshift(() => inspector.close())
    const { conversationServer, serve } = await loaded()
    const server: ConversationServer = conversationServer({
      model: defaultModel,
      maxTokens: flags.maxTokens,
      whenBusy: 'queue',
      ...(config.authorize ? {} : tokensOf(flags, host)),
      ...(inspector ? { inspect: inspector } : {}),
      ...config,
      source,
      ...(flags.model === undefined ? {} : { model: flags.model }),
      ...(flags.allowOrigin ? { allowOrigins: flags.allowOrigin } : {}),
      accessLog: (line) =>
        say(
          flags.json
            ? JSON.stringify({ type: 'request', ...line, took: Math.round(line.took) })
            : `${new Date(line.at).toISOString()} ${line.method} ${inOneRow(line.path)} ${line.status} ${Math.round(line.took)} ms`,
        ),
      store,
    })
    const serving: Serving = await serve(server, {
      ...(flags.port === undefined ? {} : { port: flags.port }),
      ...(flags.host === undefined ? {} : { host: flags.host }),
    })
    opened.unshift(() => serving.close())
    say(beginning(serving.url, store.name, connection, inspector?.url ?? null, flags.json === true))
    if (!host.leaving.aborted) await once(host.leaving, 'abort')
    return 0
  } catch (error) {
    const code = TurnstateError.is(error) ? ` (${error.code})` : ''
    host.errors.write(`turnstate: ${forTerminal(messageOf(error))}${code}\n`)
    return 1
  } finally {
    // The store last, whatever became of the others.
    for (const close of opened)
      await close().catch((cause: unknown) => void host.errors.write(`turnstate: ${forTerminal(messageOf(cause))}\n`))
  }
}

function beginning(
  url: string,
  store: string,
  connection: Connection | null,
  inspector: string | null,
  isJson: boolean,
): string {
  const source = connection?.name ?? 'the source of the configuration'
  if (isJson) return JSON.stringify({ type: 'listening', url, store, source, inspector })
  const isSimulated = connection?.kind === 'simulator'
  return [
    `turnstate serves conversations on ${url}`,
    `Replies come from ${source}${isSimulated ? ' (simulated: no model is asked; set ANTHROPIC_API_KEY for the real one)' : ''}.`,
    `Conversations are kept in ${store}${store === 'memory' ? ' until the server ends' : ''}.`,
    ...(inspector === null ? [] : [`Inspector: ${inspector}`]),
    'Try:',
    `  curl ${url}/v1/conversations -H 'content-type: application/json' -d '{"id":"c1"}'`,
    `  curl -N ${url}/v1/conversations/c1/messages -H 'content-type: application/json' -d '{"input":"Hello"}'`,
    'Press Ctrl-C to stop.',
  ].join('\n')
}

async function storeFor({ store }: ServeFlags, config: ServerConfig): Promise<Store> {
  if (store === undefined && config.store) return config.store
  if (store === undefined || store === 'memory') return memoryStore()
  return openStore(store, { mustExist: false })
}

const connectionFor = ({ baseUrl }: ServeFlags, { env }: Host): Promise<Connection> =>
  connect({ baseUrl, apiKey: env['ANTHROPIC_API_KEY'] || undefined, isPaced: true })

/** Everybody with one of the tokens is the same principal, who may read the metrics. */
function tokensOf({ token = [] }: ServeFlags, { env }: Host): Pick<ConversationServerOptions, 'authorize' | 'metrics'> {
  const fromEnvironment = env[tokenVariable]
  const tokens = [...token, ...(fromEnvironment ? [fromEnvironment] : [])]
  if (tokens.length === 0) return {}
  return {
    metrics: () => true,
    authorize: async ({ headers }) => {
      const given = /^Bearer (.+)$/i.exec(headers.get('authorization') ?? '')?.[1] ?? ''
      const { isSameToken } = await import('./same-token.ts')
      return tokens.some((each) => isSameToken(each, given)) ? { id: 'local' } : null
    },
  }
}

async function startedInspector() {
  const { startInspector } = await import('../inspect/web/start-inspector.ts')
  return startInspector({ name: 'turnstate serve' })
}

/** The packages of the server are optional. */
async function loaded(): Promise<typeof import('../server/index.ts')> {
  try {
    return await import('../server/index.ts')
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND'
    throw new TurnstateError(
      'not-available',
      isMissing
        ? 'A package is missing. Install it: npm install hono @hono/node-server hono-openapi @hono/standard-validator @valibot/to-json-schema.'
        : 'The server cannot be loaded.',
      { cause },
    )
  }
}
