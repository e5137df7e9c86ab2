import { checkOptions, checkStoreOptions } from '../conversation/check-options.ts'
import type { Logger, Store } from '../index.ts'
import { TurnstateError } from '../errors.ts'
import { type ChatPage, type ChatPageOptions, readChatPage } from './chat-page.ts'
import type { Principal } from './context.ts'
import type { GatewayOptions } from './gateway/index.ts'
import type { Host } from './host.ts'
import { readLimits, type ServerLimits } from './limits.ts'
import type { Opening, ServedOptions } from './served-options.ts'

/** One request and its answer, without anything that was said. */
export interface AccessLine {
  /** Milliseconds since 1970, when the request came. */
  readonly at: number
  readonly method: string
  readonly path: string
  readonly status: number
  /** Milliseconds until the answer began. */
  readonly took: number
  /** The id of who asked; `null` for nobody. */
  readonly principal: string | null
}

/** What a client may be allowed to set. */
export type ClientSetting = 'model' | 'budget' | 'system'

const clientSettings: readonly ClientSetting[] = ['model', 'budget', 'system']

interface CommonOptions {
  /** Where the conversations are kept. */
  readonly store: Store
  /** Who runs the turns. Default: this process. `dbosHost()` of `turnstate/dbos`: any number of processes on one Postgres. */
  readonly host?: Host
  /**
   * Says who asks, by whatever the request carries: a token, a session. `null` for nobody, who is answered 401. Default: everybody is the
   * same principal, `local`, which is for one user on one machine.
   */
  readonly authorize?: (request: Request) => Principal | null | Promise<Principal | null>
  readonly limits?: Partial<ServerLimits>
  /** Pages of these origins may ask from browsers: `https://app.example.com`. Default: only pages of the server's own origin. */
  readonly allowOrigins?: readonly string[]
  /** What happens to a turn when the connection that asked for it is gone. Default `continue`: its events can be resumed. */
  readonly onDisconnect?: 'continue' | 'stop'
  /**
   * Serves Claude's own API, `POST /v1/messages`: whoever may use the server names models, prompts and tools of their own then, for the
   * server's key. Default: it is not served.
   */
  readonly gateway?: Pick<GatewayOptions, 'upstream' | 'models'>
  /**
   * What clients may set of a conversation: its `model`, its `budget`, and a `system` message beside their own. It costs the server's key.
   * Default: all of them; `[]` for clients that are not trusted with it.
   */
  readonly clientsMaySet?: readonly ClientSetting[]
  /**
   * Who may read `GET /metrics`, which counts what all principals do: those for whom the function returns true, or with `public` everybody
   * who reaches the server, without being asked who they are. Default: nobody, or without `authorize` everybody.
   */
  readonly metrics?: 'public' | ((principal: Principal) => boolean)
  /** Serves the chat page at `/`, for browsers: `true`, or what it is told. Needs Node. Default false. */
  readonly ui?: boolean | ChatPageOptions
  readonly logger?: Logger
  /** Called after each answer, for a log. A query is not part of the path: it may say more than a log should. */
  readonly accessLog?: (line: AccessLine) => void
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
}

/**
 * The options of a server: those of its conversations, the same for all of them, or a function that gives them for each.
 */
export type ConversationServerOptions = CommonOptions &
  (
    | (ServedOptions & { readonly options?: undefined })
    | { readonly options: (opening: Opening) => ServedOptions | Promise<ServedOptions> }
  )

/** The options, checked and complete. */
export interface ReadOptions {
  readonly store: Store
  /** `null`: this process. */
  readonly host: Host | null
  readonly authorize: (request: Request) => Promise<Principal | null>
  readonly isOpenToAll: boolean
  readonly optionsFor: (opening: Opening) => Promise<ServedOptions>
  readonly limits: ServerLimits
  readonly allowOrigins: ReadonlySet<string>
  readonly onDisconnect: 'continue' | 'stop'
  readonly clientsMaySet: ReadonlySet<ClientSetting>
  readonly gateway: Pick<GatewayOptions, 'upstream' | 'models'> | null
  readonly metrics: 'public' | ((principal: Principal) => boolean)
  /** `null`: no page is served. */
  readonly page: ChatPage | null
  readonly logger: Logger
  readonly accessLog: (line: AccessLine) => void
  readonly now: () => number
}

/** Whoever asks a server without `authorize`. */
const local: Principal = { id: 'local' }

/**
 * @throws TurnstateError `invalid-option`, `not-available` if the chat page is not there, and as `createConversation()` for options that are
 * the same for all conversations
 */
export function readServerOptions(given: ConversationServerOptions): ReadOptions {
  const {
    store,
    host = null,
    authorize,
    limits,
    allowOrigins = [],
    onDisconnect = 'continue',
    clientsMaySet = clientSettings,
    gateway = null,
    metrics = () => authorize === undefined,
    ui,
    logger = console,
    accessLog = () => {},
    now = Date.now,
  } = given
  if (typeof store?.open !== 'function')
    throw invalid('The option "store" is missing: give memoryStore(), sqliteStore() or postgresStore().')
  if (host !== null && typeof host.start !== 'function')
    throw invalid(
      'The option "host" must be a host, such as dbosHost() of turnstate/dbos. Leave it out for this process alone.',
    )
  if (authorize !== undefined && typeof authorize !== 'function')
    throw invalid('The option "authorize" must be a function of the request.')
  if (onDisconnect !== 'continue' && onDisconnect !== 'stop')
    throw invalid('The option "onDisconnect" must be "continue" or "stop".')
  if (metrics !== 'public' && typeof metrics !== 'function')
    throw invalid('The option "metrics" must be "public" or a function of the principal.')
  if (!given.options) checkServed(served(given), store)
  const [bounds, settings] = [readLimits(limits), readSettings(clientsMaySet)]
  return {
    store,
    host,
    authorize: async (request) => (authorize ? authorize(request) : local),
    isOpenToAll: authorize === undefined,
    optionsFor: async (opening) => (given.options ? given.options(opening) : served(given)),
    limits: bounds,
    allowOrigins: new Set(allowOrigins.map(readOrigin)),
    onDisconnect,
    clientsMaySet: settings,
    gateway,
    metrics,
    page: readChatPage(ui, {
      limits: bounds,
      conversations: given.options ? null : served(given),
      mayChoose: settings.has('model'),
    }),
    logger,
    accessLog,
    now,
  }
}

/** @throws TurnstateError as `createConversation()`; TypeError for what is no object */
export function checkServed(given: ServedOptions, store: Store): void {
  // Those of the store are no options of a conversation in memory.
  const { onInterrupted: _onInterrupted, lease: _lease, takeOver: _takeOver, ...options } = given
  checkOptions(options)
  checkStoreOptions({ ...given, store })
}

function served(given: CommonOptions & ServedOptions): ServedOptions {
  const { store: _store, authorize: _authorize, limits: _limits, allowOrigins: _origins, ...rest } = given
  const {
    onDisconnect: _onDisconnect,
    clientsMaySet: _clientsMaySet,
    gateway: _gateway,
    metrics: _metrics,
    ui: _ui,
    accessLog: _accessLog,
    host: _host,
    options: _options,
    ...options
  } = rest as typeof rest & { options?: undefined }
  return options
}

function readSettings(given: readonly ClientSetting[]): ReadonlySet<ClientSetting> {
  const unknown = given.find((name) => !clientSettings.includes(name))
  if (unknown !== undefined) throw invalid(`clientsMaySet has "${unknown}": it takes ${clientSettings.join(', ')}.`)
  return new Set(given)
}

function readOrigin(origin: string): string {
  try {
    const url = new URL(origin)
    if (url.origin === origin) return origin
  } catch {
    // Said below.
  }
  throw invalid(
    `allowOrigins has "${origin}", which is no origin: give a scheme, a host and a port, such as https://app.example.com.`,
  )
}

const invalid = (message: string) => new TurnstateError('invalid-option', message)
