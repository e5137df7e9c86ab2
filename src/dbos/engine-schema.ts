// The engine keeps its turns in a schema of its own, which it creates by itself. What it would stumble over is found here, before.
import { elapsed } from '../clock.ts'
import { TurnstateError } from '../errors.ts'
import type { ClusterDatabase } from './database.ts'
import { engineSchema } from './engine-names.ts'

/** A number that nobody else locks. */
const lock = 7_816_211_306

/** Milliseconds between two attempts to be the one that begins, and for how long another one is waited for. */
const [pause, mostWaited] = [100, 30_000]

/**
 * Begins one engine at a time: two that create their tables at the same moment would lock each other out.
 *
 * @throws what `begin` throws, and TurnstateError as the database
 */
export async function oneAtATime(database: ClusterDatabase, begin: () => Promise<void>): Promise<void> {
  const client = await database.connect()
  try {
    // Asked again and again: a statement that waits would itself be waited for, by an index that is created.
    for (let waited = 0; waited < mostWaited; waited += pause) {
      const { rows } = await client.query<{ readonly got: boolean }>('select pg_try_advisory_lock($1) as got', [lock])
      if (rows[0]?.got) break
      await elapsed(pause)
    }
    await begin()
  } finally {
    // With the connection, the lock ends.
    client.release(true)
  }
}

/** @throws TurnstateError `store-invalid` for a schema of this name that is not the engine's, or one that the user may not create */
export async function checkEngineSchema(database: ClusterDatabase): Promise<void> {
  const [found] = await database.query<{
    readonly is_there: boolean
    readonly may_create: boolean
    readonly is_engines: boolean
    readonly is_empty: boolean
  }>(
    `select exists (select from pg_namespace where nspname = $1) as is_there,
       has_database_privilege(current_database(), 'create') as may_create,
       exists (
         select from pg_namespace n join pg_class c on c.relnamespace = n.oid join pg_attribute a on a.attrelid = c.oid
         where n.nspname = $1 and c.relname = 'dbos_migrations' and a.attname = 'version') as is_engines,
       not exists (select from pg_namespace n join pg_class c on c.relnamespace = n.oid where n.nspname = $1) as is_empty`,
    [engineSchema],
  )
  if (!found?.is_there) {
    if (found?.may_create) return
    throw new TurnstateError(
      'store-invalid',
      `The database ${database.name} has no schema ${engineSchema}, in which the engine of turns keeps them, and its user has no right to create it. Grant it CREATE on the database, or let a user who has it start a process once, and grant the rights to use what is in the schema.`,
    )
  }
  if (found.is_engines || found.is_empty) return
  throw new TurnstateError(
    'store-invalid',
    `The schema ${engineSchema} of the database ${database.name} belongs to another program: the engine of turns did not create its tables. Give the cluster another database. Nothing was changed in the schema.`,
  )
}
