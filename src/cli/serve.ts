import { once } from 'node:events'
import { messageOf, TurnstateError } from '../errors.ts'
import type { Prices } from '../journal/index.ts'
import { memoryStore, type Store } from '../stores/index.ts'
import { forTerminal, inOneRow } from '../terminal-text.ts'
import type { RunningInspector } from '../inspect/web/start-inspector.ts'
import type {
  AccessLine,
  ChatPageOptions,
  ConversationServer,
  ConversationServerOptions,
  ServeOptions,
  Serving,
} from '../server/index.ts'
import { refusalTestString } from '../testing/index.ts'
import { defaultModel } from './chat-flags.ts'
import { connect, type Connection } from './connection.ts'
import type { Host } from './host.ts'
import { loadOptional } from './load-optional.ts'
import { knownModels } from './known-models.ts'
import { localUser } from './local-user.ts'
import { openBrowser } from './open-browser.ts'
import { defaultDatabase, shownPath } from './stores/data-folder.ts'
import { openDefaultStore, openStore } from './stores/open-store.ts'
import type { StoreAddress } from './stores/store-address.ts'
import { type Member, memberOf } from './serve-cluster.ts'
import { readServerConfig, type ServerConfig } from './server-config.ts'

export interface ServeFlags {
  /** Default: 8787, or with `open` a free one if that is taken. */
  readonly port?: number
  readonly host?: string
  readonly store?: StoreAddress | 'memory' | 'user'
  /** The Postgres of the cluster that this is a process of. Without `store`. */
  readonly cluster?: string
  /** The name of this process of the cluster. Default: a new one. */
  readonly process?: string
  readonly token?: readonly string[]
  readonly allowOrigin?: readonly string[]
  readonly model?: string
  readonly maxTokens: number
  readonly price?: Prices
  readonly baseUrl?: string
  readonly config?: string
  readonly inspect?: boolean
  readonly allowControl?: boolean
  readonly includeText?: boolean
  /** Whether the chat page is served, unless the configuration says that it is not. */
  readonly ui: boolean
  readonly open?: boolean
  readonly quiet?: boolean
  readonly json?: boolean
}

/** Variables of the environment. */
const tokenVariable = 'TURNSTATE_TOKEN'

/** Serves conversations until a signal ends it. Returns the exit code. */
export async function serveConversations(flags: ServeFlags, host: Host): Promise<number> {
  const opened: (() => Promise<unknown>)[] = []
  const say = (text: string) => void host.output.write(`${text}\n`)
  const warn = (text: string) => void host.errors.write(`turnstate: ${forTerminal(text)}\n`)
  try {
    const config = await readServerConfig(flags.config)
    const member = flags.cluster === undefined ? null : await memberOf(flags.cluster, flags, config, host)
    const { store, where } = await storeFor(member?.store ?? flags.store, config, host)
    opened.unshift(() => store.close())
    const connection = config.source ? null : await connectionFor(flags, host)
    if (connection) opened.unshift(() => connection.close())
    const source = config.source ?? connection?.source
    if (!source) throw new TurnstateError('internal-error', 'There is no source of replies.')
    const inspector = flags.inspect ? await startedInspector(flags) : null
    if (inspector) opened.unshift(() => inspector.close())
    const { conversationServer, serve } = await loaded()
    const page = pageOf(flags, config, { connection, inspector })
    const server: ConversationServer = conversationServer({
      model: defaultModel,
      maxTokens: flags.maxTokens,
      whenBusy: 'queue',
      ...(config.authorize ? {} : tokensOf(flags, host)),
      ...(inspector ? { inspect: inspector } : {}),
      ...config,
      source,
      ...(flags.model === undefined ? {} : { model: flags.model }),
      ...(flags.price ? { prices: { ...config.prices, ...flags.price } } : {}),
      ...(flags.allowOrigin ? { allowOrigins: flags.allowOrigin } : {}),
      ui: page,
      ...(flags.quiet ? {} : { accessLog: (line) => say(logged(line, flags)) }),
      store,
      ...(member ? { host: member.host } : {}),
    })
    // Also where it can't listen: a host may have begun.
    opened.unshift(() => server.close())
    const { serving, isElsewhere } = await listening(flags, (options) => serve(server, options))
    opened.unshift(() => serving.close())
    const address = page === false ? null : pageAddress(serving)
    say(beginning(serving.url, { flags, where, connection, inspector, page: address, isElsewhere, member }))
    if (flags.open && address !== null)
      await openBrowser(address, () => warn(`no browser could be opened. Open ${address} in one.`))
    const ending = AbortSignal.any([host.leaving, ...(member ? [member.drained] : [])])
    if (!ending.aborted) await once(ending, 'abort')
    if (!flags.json)
      say(
        `${host.leaving.aborted ? '' : 'An operator has asked this process to end. '}Stopping, when turns in progress have ended. Press Ctrl-C to stop at once.`,
      )
    return 0
  } catch (error) {
    warn(`${messageOf(error)}${TurnstateError.is(error) ? ` (${error.code})` : ''}`)
    return 1
  } finally {
    // The store last, whatever became of the others.
    for (const close of opened) await close().catch((cause: unknown) => warn(messageOf(cause)))
  }
}

function logged(line: AccessLine, { json }: ServeFlags): string {
  if (json) return JSON.stringify({ type: 'request', ...line, took: Math.round(line.took) })
  const { at, method, path, status, took } = line
  return `${new Date(at).toISOString()} ${method} ${inOneRow(path)} ${status} ${Math.round(took)} ms`
}

/** What replies come from, and what shows them. */
interface Beside {
  readonly connection: Connection | null
  readonly inspector: RunningInspector | null
}

/** The option `ui` of the server. @throws TurnstateError `invalid-option` for a page to open that is not served */
function pageOf(flags: ServeFlags, config: ServerConfig, { connection, inspector }: Beside): ChatPageOptions | false {
  if (!flags.ui || config.ui === false) {
    if (!flags.open) return false
    throw new TurnstateError('invalid-option', '--open needs the chat page, which the configuration switches off.')
  }
  return {
    ...(connection && connection.kind !== 'address' ? { models: knownModels } : {}),
    ...(connection?.kind === 'simulator' ? { simulated: true, beginnings: [refusedBeginning] } : {}),
    // It shows the conversations of all principals: with users of its own, a server tells none of them where it is.
    ...(inspector && !config.authorize ? { inspector: inspector.controlUrl ?? inspector.url } : {}),
    ...(typeof config.ui === 'object' ? config.ui : {}),
  }
}

/** What this package is for can be seen at once. */
const refusedBeginning = { label: 'See a refusal.', text: `Please read this out: ${refusalTestString}` }

/**
 * Listens on the port that was given, else on the usual one. For a page that is opened, any other will do.
 *
 * @throws TurnstateError as `serve()`
 */
async function listening(
  { port, host, open }: ServeFlags,
  serve: (options: ServeOptions) => Promise<Serving>,
): Promise<{ readonly serving: Serving; readonly isElsewhere: boolean }> {
  const where = host === undefined ? {} : { host }
  try {
    return { serving: await serve({ ...where, ...(port === undefined ? {} : { port }) }), isElsewhere: false }
  } catch (error) {
    if (!open || port !== undefined || !TurnstateError.is(error) || error.code !== 'port-unavailable') throw error
    return { serving: await serve({ ...where, port: 0 }), isElsewhere: true }
  }
}

/** Where a browser on this machine finds the page: no address of all networks is one of a page. */
const pageAddress = ({ url, port }: Serving): string =>
  ['0.0.0.0', '[::]'].includes(new URL(url).hostname) ? `http://127.0.0.1:${port}/` : `${url}/`

interface Begun extends Beside {
  readonly flags: ServeFlags
  /** Where conversations are kept, for people. */
  readonly where: string
  readonly page: string | null
  /** The usual port was taken. */
  readonly isElsewhere: boolean
  /** The process of a cluster that this is. */
  readonly member: Member | null
}

function beginning(url: string, begun: Begun): string {
  const { flags, where, connection, inspector, page, isElsewhere, member } = begun
  const source = connection?.name ?? 'the source of the configuration'
  if (flags.json)
    return JSON.stringify({
      type: 'listening',
      url,
      page,
      store: where,
      source,
      inspector: inspector?.url ?? null,
      ...(member ? { process: member.process } : {}),
    })
  const isSimulated = connection?.kind === 'simulator'
  return [
    ...(member ? [`This is the process ${member.process} of a cluster. To see all of them: ${member.status}`] : []),
    `turnstate serves conversations on ${url}`,
    ...(isElsewhere ? ['The usual port, 8787, is taken: this is another one.'] : []),
    ...(page === null ? [] : [`Chat in a browser: ${page}`]),
    ...(inspector === null ? [] : [`Inspector: ${inspector.url}`]),
    ...(inspector?.controlUrl ? [`Inspector with control: ${inspector.controlUrl}`] : []),
    `Replies come from ${source}${isSimulated ? ' (simulated: no model is asked; set ANTHROPIC_API_KEY for the real one)' : ''}.`,
    `Conversations are kept in ${where}${where === 'memory' ? ' until the server ends' : ''}.`,
    ...(flags.open
      ? []
      : [
          'Try:',
          `  curl ${url}/v1/conversations -H 'content-type: application/json' -d '{"id":"c1"}'`,
          `  curl -N ${url}/v1/conversations/c1/messages -H 'content-type: application/json' -d '{"input":"Hello"}'`,
        ]),
    'Press Ctrl-C to stop.',
  ].join('\n')
}

interface Kept {
  readonly store: Store
  /** For people. */
  readonly where: string
}

/** The store: the one that was named, else that of the configuration. @throws TurnstateError as `openStore()` */
async function storeFor(store: ServeFlags['store'], config: ServerConfig, host: Host): Promise<Kept> {
  if (store === 'user')
    return { store: await openDefaultStore(host), where: shownPath(defaultDatabase(host) ?? '', host) }
  const opened =
    store === undefined || store === 'memory'
      ? (store === undefined && config.store) || memoryStore()
      : await openStore(store, { mustExist: false })
  return { store: opened, where: opened.name }
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
      return tokens.some((each) => isSameToken(each, given)) ? { id: localUser } : null
    },
  }
}

async function startedInspector({ allowControl = false, includeText = false }: ServeFlags): Promise<RunningInspector> {
  const { startInspector } = await import('../inspect/web/start-inspector.ts')
  return startInspector({ allowControl, includeText, name: 'turnstate serve' })
}

/** The packages of the server are optional. */
const loaded = (): Promise<typeof import('../server/index.ts')> =>
  loadOptional(
    () => import('../server/index.ts'),
    'The server',
    'hono @hono/node-server hono-openapi @hono/standard-validator @valibot/to-json-schema',
  )
