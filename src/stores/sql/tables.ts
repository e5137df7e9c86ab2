// The tables of a store with a database. SQLite and Postgres have the same ones.
import { type ColumnType, type Kysely, sql } from 'kysely'

/** A whole number: Postgres gives large ones as text. */
type Whole = ColumnType<number | string, number, number>

/** Ids and texts are escaped (`text-codec.ts`) or sealed (`fact-codec.ts`); a `hash` is what they are found by. */
export interface Tables {
  /** One row. */
  readonly turnstate_schema: { readonly version: Whole }
  readonly turnstate_conversations: ConversationTable
  readonly turnstate_facts: FactTable
  readonly turnstate_checkpoints: CheckpointTable
}

interface ConversationTable {
  /** A token, so that it is never given twice: a conversation that is deleted and created again is another one. */
  readonly key: Whole
  readonly id: string
  readonly id_hash: string
  readonly owner: string | null
  readonly owner_hash: string | null
  /** The title that the app set, and the first words: texts, or sealed where the conversation has a data key. */
  readonly title: string | null
  readonly first_words: string | null
  readonly status: string
  readonly model: string
  /** JSON. */
  readonly usage: string
  readonly revision: Whole
  /** Milliseconds since 1970. */
  readonly created_at: Whole
  readonly changed_at: Whole
  /** The newest token; `writer` is the same, or `null` once it is released. */
  readonly token: Whole
  readonly writer: ColumnType<number | string | null, number | null, number | null>
  /** The revision when the newest token was given: later facts were stored with it. */
  readonly opened_revision: Whole
  /** When the lease was renewed, by the clock for leases, and its length. Milliseconds. */
  readonly renewed: Whole
  readonly lease: Whole
  /** The data key, wrapped by the app's key of this id; both `null` where the conversation is not encrypted. */
  readonly data_key: string | null
  readonly key_id: string | null
}

interface FactTable {
  readonly conversation: Whole
  readonly seq: Whole
  readonly token: Whole
  /** The length of what is stored, in characters or bytes. */
  readonly size: Whole
  /** JSON; `null` where the fact is sealed. */
  readonly body: string | null
  readonly sealed: Uint8Array | null
}

interface CheckpointTable {
  readonly conversation: Whole
  readonly revision: Whole
  readonly version: Whole
  /** A text, or sealed. */
  readonly body: string
}

/** What differs between the databases. */
export interface Flavour {
  /** The type of bytes. */
  readonly bytes: 'blob' | 'bytea'
  /** Creates what gives tokens. */
  createTokens(db: Kysely<Tables>): Promise<void>
}

/** The newest version of the tables. */
export const schemaVersion = 1

/** What leads from each version to the next. Forward only: a released one never changes. */
const migrations: readonly ((db: Kysely<Tables>, flavour: Flavour) => Promise<void>)[] = [createTables]

async function createTables(db: Kysely<Tables>, flavour: Flavour): Promise<void> {
  const { schema } = db
  await schema
    .createTable('turnstate_conversations')
    .addColumn('key', 'bigint', (column) => column.primaryKey())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('id_hash', 'text', (column) => column.notNull().unique())
    .addColumn('owner', 'text')
    .addColumn('owner_hash', 'text')
    .addColumn('title', 'text')
    .addColumn('first_words', 'text')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('usage', 'text', (column) => column.notNull())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .addColumn('token', 'bigint', (column) => column.notNull())
    .addColumn('writer', 'bigint')
    .addColumn('opened_revision', 'bigint', (column) => column.notNull())
    .addColumn('renewed', 'bigint', (column) => column.notNull())
    .addColumn('lease', 'bigint', (column) => column.notNull())
    .addColumn('data_key', 'text')
    .addColumn('key_id', 'text')
    .execute()
  await schema
    .createIndex('turnstate_conversations_changed')
    .on('turnstate_conversations')
    .columns(['changed_at', 'key'])
    .execute()
  await schema
    .createIndex('turnstate_conversations_owner')
    .on('turnstate_conversations')
    .columns(['owner_hash', 'changed_at', 'key'])
    .execute()
  await schema
    .createTable('turnstate_facts')
    .addColumn('conversation', 'bigint', (column) => column.notNull())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('token', 'bigint', (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('body', 'text')
    .addColumn('sealed', sql.raw(flavour.bytes))
    .addPrimaryKeyConstraint('turnstate_facts_key', ['conversation', 'seq'])
    .execute()
  await schema
    .createTable('turnstate_checkpoints')
    .addColumn('conversation', 'bigint', (column) => column.primaryKey())
    .addColumn('revision', 'bigint', (column) => column.notNull())
    .addColumn('version', 'bigint', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute()
  await flavour.createTokens(db)
}

/**
 * Brings the tables to the newest version, within a transaction of the caller.
 *
 * @param from The version that is there; 0: no tables.
 */
export async function migrate(db: Kysely<Tables>, flavour: Flavour, from: number): Promise<void> {
  // First: of two that create tables at once, the second waits here, and fails.
  if (from === 0) {
    await db.schema.createTable('turnstate_schema').addColumn('version', 'bigint').execute()
    await db.insertInto('turnstate_schema').values({ version: schemaVersion }).execute()
  } else await db.updateTable('turnstate_schema').set({ version: schemaVersion }).execute()
  for (const step of migrations.slice(from)) await step(db, flavour)
}
