// A server that is a process of a cluster: `turnstate serve --cluster`.
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { TurnstateError } from '../errors.ts'
import type { ConversationServerOptions } from '../server/index.ts'
import { shownCluster } from './cluster-flags.ts'
import type { Host } from './host.ts'
import { typedAs } from './invocation.ts'
import { loadOptional } from './load-optional.ts'
import type { ServerConfig } from './server-config.ts'
import type { StoreAddress } from './stores/store-address.ts'

/** What a process of a cluster is made of. */
export interface Member {
  /** Its name. */
  readonly process: string
  readonly host: NonNullable<ConversationServerOptions['host']>
  /** Where conversations are kept. */
  readonly store: StoreAddress
  /** How to see all processes of the cluster, as it is typed. */
  readonly status: string
  /** Aborts when an operator has asked it to end. */
  readonly drained: AbortSignal
}

/**
 * @throws TurnstateError `not-available` without the packages, `invalid-option` for a configuration that has a store or a host of its own
 */
export async function memberOf(
  databaseUrl: string,
  { process = newName() }: { readonly process?: string },
  config: ServerConfig,
  host: Host,
): Promise<Member> {
  for (const option of ['store', 'host'] as const)
    if (config[option] !== undefined)
      throw new TurnstateError(
        'invalid-option',
        `--cluster can't be combined with a configuration that has a \`${option}\`. Leave out --cluster, and give both there: \`store\`, and \`host: dbosHost()\`.`,
      )
  const { dbosHost } = await loadOptional(
    () => import('../dbos/index.ts'),
    'The engine of a cluster',
    '@dbos-inc/dbos-sdk kysely pg',
  )
  const drained = new AbortController()
  return {
    process,
    host: dbosHost({ databaseUrl, process, onDrain: () => drained.abort() }),
    store: { kind: 'postgres', url: databaseUrl },
    status: `${typedAs(host, 'cluster')} status ${shownCluster(databaseUrl)}`,
    drained: drained.signal,
  }
}

/** A name that says on which machine the process runs. */
const newName = () =>
  `${hostname()
    .replaceAll(/[^\w.-]/g, '-')
    .slice(0, 100)}-${randomBytes(3).toString('hex')}`
