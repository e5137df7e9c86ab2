// The database of a cluster: its connections, its errors, and the key of what processes tell each other through it.
import { Pool, type PoolClient, type PoolConfig } from 'pg'
import { TurnstateError } from '../errors.ts'
import { codeOf, postgresError } from '../stores/postgres/postgres-errors.ts'
import { checkServerVersion, type ServerVersion, serverVersionSql } from '../stores/postgres/server-version.ts'
import { type EncryptionOptions, Keys, type Seal } from '../stores/sql/sealing.ts'
import { type ClusterRow, prepareCluster } from './cluster-tables.ts'

/** What the data key of a cluster is bound to. */
const keyOwner = 'cluster'

/** A pool whose statements can't hang the process. Milliseconds. */
const poolOptions: PoolConfig = {
  application_name: 'turnstate cluster',
  allowExitOnIdle: true,
  keepAlive: true,
  connectionTimeoutMillis: 5_000,
  statement_timeout: 10_000,
  query_timeout: 12_000,
  // A process that is stopped in mid-transaction locks the rows of its turns: others can't take them up before.
  idle_in_transaction_session_timeout: 3_000,
}

type Row = Record<string, unknown>

export class ClusterDatabase {
  readonly pool: Pool
  /** Without user and password. */
  readonly name: string
  readonly #keys: Keys | null
  #seal: Seal | null = null

  /** @throws TurnstateError `invalid-option` */
  constructor(url: string, connections: number, encryption: EncryptionOptions | undefined) {
    this.name = nameOf(url)
    this.#keys = encryption === undefined ? null : new Keys(encryption)
    this.pool = new Pool({ ...poolOptions, connectionString: url, max: connections })
    // Without a listener, an error of an idle connection would end the process.
    this.pool.on('error', () => {})
  }

  /**
   * Creates the tables.
   *
   * @throws TurnstateError as `prepareCluster`, `store-unavailable`, `store-invalid`, `store-version-unsupported`, `key-unknown`
   */
  async prepare(cluster: string, further: readonly string[]): Promise<void> {
    const [server] = await this.query<Row & ServerVersion>(serverVersionSql)
    checkServerVersion(server, this.name)
    const newKey = this.#keys?.create(keyOwner) ?? null
    const preparing = prepareCluster(this.pool, cluster, newKey, further).catch((error: unknown) => {
      throw codeOf(error) === '42501' ? this.#noRights() : error
    })
    this.#seal = this.#sealOf(await this.told(preparing))
  }

  /** Rows of a statement. @throws TurnstateError `store-unavailable`, `store-invalid` */
  async query<Result extends Row = Row>(text: string, values: readonly unknown[] = []): Promise<readonly Result[]> {
    const { rows } = await this.told(this.pool.query<Result>(text, [...values]))
    return rows
  }

  /** A connection of its own, which has to be released. @throws TurnstateError `store-unavailable`, `store-invalid` */
  connect(): Promise<PoolClient> {
    return this.told(this.pool.connect())
  }

  /** What is stored of a text. `about` binds it to its place: nothing else can be made of it. */
  seal = (about: string, text: string): Uint8Array => this.#seal?.seal(about, text) ?? Buffer.from(text, 'utf8')

  /** The text. @throws TurnstateError `store-invalid` for one that was changed */
  unseal = (about: string, bytes: Uint8Array): string => {
    const text = this.#seal ? this.#seal.unseal(about, bytes) : Buffer.from(bytes).toString('utf8')
    if (text === null)
      throw new TurnstateError('store-invalid', 'What another process of the cluster wrote can not be decrypted.')
    return text
  }

  async close(): Promise<void> {
    await this.pool.end().catch(() => {})
  }

  #noRights(): TurnstateError {
    return new TurnstateError(
      'store-invalid',
      `The user of the database ${this.name} has no right to create the tables of a cluster, or to use them. Grant it CREATE on the schema, or let a user who has it start a process once, and grant the rights to use its tables.`,
    )
  }

  #sealOf({ wrapped }: ClusterRow): Seal | null {
    if (!wrapped && this.#keys)
      throw new TurnstateError(
        'invalid-option',
        'The cluster was begun without `encryption`. Give all of its processes the same option, or begin with another database.',
      )
    if (wrapped && !this.#keys)
      throw new TurnstateError(
        'key-unknown',
        `The cluster is encrypted with the key ${JSON.stringify(wrapped.keyId)}: give the option \`encryption\`, as its other processes do.`,
      )
    return wrapped ? (this.#keys?.sealOf(keyOwner, wrapped) ?? null) : null
  }

  /** What work with the database gives. @throws TurnstateError `store-unavailable`, `store-invalid` */
  async told<Value>(work: Promise<Value>): Promise<Value> {
    try {
      return await work
    } catch (error) {
      throw postgresError(error, this.name)
    }
  }
}

/** The address without user and password. @throws TurnstateError `invalid-option` */
function nameOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !/^postgres(?:ql)?:$/.test(url.protocol))
    throw new TurnstateError(
      'invalid-option',
      'A cluster needs a `databaseUrl` such as postgres://user:password@host/database.',
    )
  return `postgres:${url.host}${url.pathname}`
}
