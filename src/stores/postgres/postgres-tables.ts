import { CompiledQuery, type Kysely, sql } from 'kysely'
import { TurnstateError } from '../../errors.ts'
import { type Flavour, migrate, schemaVersion, type Tables } from '../sql/tables.ts'
import { codeOf } from './postgres-errors.ts'
import { checkServerVersion, type ServerVersion, serverVersionSql } from './server-version.ts'

/** Another process created the same tables at the same moment. */
const collisions = new Set(['23505', '42P07', '42710'])

const flavour: Flavour = {
  bytes: 'bytea',
  createTokens: async (db) => {
    await db.executeQuery(CompiledQuery.raw('create sequence turnstate_tokens'))
  },
}

/**
 * Creates the tables if they are missing, and brings them to the newest version.
 *
 * @throws TurnstateError `store-version-unsupported`, `store-invalid` without the rights to do it
 */
export async function prepareTables(db: Kysely<Tables>, name: string): Promise<void> {
  const { rows } = await db.executeQuery<ServerVersion>(CompiledQuery.raw(serverVersionSql))
  checkServerVersion(rows[0], name)
  for (let attempt = 1; ; attempt++) {
    const found = await versionOf(db)
    if (found === schemaVersion) return
    try {
      return await db.transaction().execute(async (transaction) => {
        const version = await versionOf(transaction, true)
        if (version > schemaVersion) throw newer(name, version)
        if (version < schemaVersion) await migrate(transaction, flavour, version)
      })
    } catch (error) {
      const code = codeOf(error)
      if (code === '42501')
        throw new TurnstateError(
          'store-invalid',
          `The database ${name} ${found === 0 ? 'has no tables of turnstate' : `has tables of version ${found}`}, and its user has no right to create those of version ${schemaVersion}. Grant it CREATE on the schema, or let a user who has it open the store once.`,
        )
      if (!collisions.has(code) || attempt >= 5) throw error
    }
  }
}

/** 0: there are no tables. */
async function versionOf(db: Kysely<Tables>, locks = false): Promise<number> {
  const { rows } = await sql<{
    readonly exists: boolean
  }>`select to_regclass('turnstate_schema') is not null as exists`.execute(db)
  if (!rows[0]?.exists) return 0
  const query = db.selectFrom('turnstate_schema').select('version')
  const row = await (locks ? query.forUpdate() : query).executeTakeFirst()
  return Number(row?.version ?? 0)
}

const newer = (name: string, version: number) =>
  new TurnstateError(
    'store-version-unsupported',
    `The database ${name} has tables of version ${version}; this release knows up to ${schemaVersion}. Upgrade turnstate. Nothing was changed.`,
  )
