// The connections of `leanFetch()`: undici's, directly or through proxies.
import type { SecureContextOptions } from 'node:tls'
import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici'
import { didYouMean } from '../did-you-mean.ts'
import { TurnstateError } from '../errors.ts'

/** Certificates and keys, as `tls.connect()` takes them. `ca` replaces Node's own list; `NODE_EXTRA_CA_CERTS` adds to that. */
export type LeanTlsOptions = Pick<SecureContextOptions, 'ca' | 'cert' | 'key' | 'passphrase'>

/** The options of `leanFetch()`. All times are in milliseconds. */
export interface LeanFetchOptions {
  /** How long connecting may take, TLS included. Default: 10,000. */
  readonly connectTimeout?: number
  /** How long the headers of an answer may take, once the request is sent. Default: 300,000; 0: for ever. */
  readonly headersTimeout?: number
  /** How long a body may be silent. Default: 300,000; 0: for ever. */
  readonly bodyTimeout?: number
  /** How long a connection is kept that nobody uses, unless the server says otherwise. Default: 4,000. */
  readonly keepAliveTimeout?: number
  /** The most connections to one origin at a time; further requests wait. Default: no limit. */
  readonly connections?: number
  /**
   * The address of a proxy (`http://user:password@host:port`), or `false` for none. Default: what `HTTPS_PROXY` and `HTTP_PROXY` say when
   * `leanFetch()` is called. Hosts in `NO_PROXY`, and `localhost`, `127.0.0.1` and `[::1]`, are always asked directly.
   */
  readonly proxy?: string | false
  /** Certificates and keys for servers and proxies. */
  readonly tls?: LeanTlsOptions
}

/** @throws TurnstateError `invalid-option` */
export function connectionsWith(options: LeanFetchOptions): Dispatcher {
  const { proxy, tls = {}, connectTimeout = 10_000, ...limits } = options
  for (const [name, value] of Object.entries({ connectTimeout, ...limits })) checkNumber(name, value)
  const secured = { ...tls, timeout: connectTimeout }
  const agent = { ...limits, connect: secured }
  if (proxy === false) return new Agent(agent)
  const proxies =
    proxy === undefined
      ? { httpProxy: named('http_proxy'), httpsProxy: named('https_proxy') || named('http_proxy') }
      : { httpProxy: addressOf('proxy', proxy), httpsProxy: addressOf('proxy', proxy) }
  return new EnvHttpProxyAgent({
    ...agent,
    ...proxies,
    noProxy: asksDirectly(),
    // Only what is encrypted needs a tunnel, and many proxies allow none to port 80.
    proxyTunnel: false,
    requestTls: secured,
    proxyTls: secured,
    // A proxy that does not answer is one that can't be connected to.
    clientFactory: (origin, pool) => new Pool(origin, { ...pool, headersTimeout: connectTimeout }),
  })
}

/** The options that are numbers, and the least that each may be. */
const numbers: Readonly<Record<string, number>> = {
  connectTimeout: 1,
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeout: 1,
  connections: 1,
}

function checkNumber(name: string, value: unknown): void {
  const least = Object.hasOwn(numbers, name) ? numbers[name] : undefined
  const known = [...Object.keys(numbers), 'proxy', 'tls']
  if (least === undefined)
    throw new TurnstateError('invalid-option', `leanFetch() has no option ${name}.${didYouMean(name, known)}`)
  if (!Number.isSafeInteger(value) || Number(value) < least)
    throw new TurnstateError('invalid-option', `${name} of leanFetch() must be a whole number, at least ${least}.`)
}

/** A variable of the environment, in small or capital letters; empty for none. */
const variable = (name: string): string => process.env[name] ?? process.env[name.toUpperCase()] ?? ''

const named = (name: string): string => {
  const address = variable(name)
  return address === '' ? '' : addressOf(name.toUpperCase(), address)
}

/** The address, with a scheme, which many variables lack. The error does not quote it: it may hold a password. */
function addressOf(name: string, address: string): string {
  const whole = /^\w+:\/\//.test(address) ? address : `http://${address}`
  if (!URL.canParse(whole) || !/^https?:/.test(whole))
    throw new TurnstateError(
      'invalid-option',
      `${name} must be the address of an HTTP proxy, such as http://host:8080.`,
    )
  return whole
}

/** What `NO_PROXY` says, and this machine, which no proxy elsewhere knows as it is meant. */
function asksDirectly(): string {
  const said = variable('no_proxy').trim()
  return said === '*' ? said : `${said},localhost,127.0.0.1,[::1]`
}
