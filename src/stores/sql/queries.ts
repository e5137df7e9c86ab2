// The requests of a store, as SQL for both databases. The caller gives each one a transaction.
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { CheckedListOptions } from '../check-options.ts'
import { emptySummary } from '../exported-lines.ts'
import {
  type AppendReply,
  type AppendRequest,
  batch,
  type CheckpointRow,
  type ConversationRow,
  type Erased,
  type FactRow,
  type ImportRequest,
  type KeyRow,
  type OpenReply,
  type OpenRequest,
  type WriterRequest,
} from './backend.ts'
import type { WrappedKey } from './sealing.ts'
import type { Tables } from './tables.ts'
import { escapeText, hashText, unescapeText } from './text-codec.ts'

/** A transaction, and what differs between the databases. */
export interface Session {
  readonly db: Kysely<Tables>
  /** Milliseconds since 1970. */
  readonly now: RawBuilder<number>
  /** The clock for leases, in milliseconds. */
  readonly ticks: RawBuilder<number>
  /** Whether rows must be locked; a transaction of SQLite locks everything. */
  readonly locksRows: boolean
  /** Facts in one statement: SQLite prepares the one for a single fact once, Postgres answers each after a trip through the network. */
  readonly rowsAtOnce: number
  /** A higher number than ever before. */
  nextToken(): Promise<number>
}

/** Facts of a page: so many, and so large together, but at least one. */
const [mostOnPage, mostCharacters] = [500, 1_000_000]

/** The size of the facts in one statement, unless one fact is larger. */
const mostAtOnce = 8_000_000

const isHeld = (ticks: RawBuilder<number>) => sql<boolean>`(writer is not null and abs(${ticks} - renewed) < lease)`

export async function open(session: Session, { id, owner, lease, takeOver, newKey }: OpenRequest): Promise<OpenReply> {
  const { db, ticks, now } = session
  const hash = hashText(id)
  let found = await lockedRow(session, hash)
  if (!found) {
    await db
      .insertInto('turnstate_conversations')
      .values({
        key: await session.nextToken(),
        id: escapeText(id),
        id_hash: hash,
        owner: owner === null ? null : escapeText(owner),
        owner_hash: owner === null ? null : hashText(owner),
        title: null,
        first_words: null,
        status: emptySummary.status,
        model: emptySummary.model,
        usage: JSON.stringify(emptySummary.usage),
        revision: 0,
        created_at: now,
        changed_at: now,
        token: 0,
        writer: null,
        opened_revision: 0,
        renewed: 0,
        lease: 0,
        data_key: null,
        key_id: null,
      })
      .onConflict((conflict) => conflict.column('id_hash').doNothing())
      .execute()
    // Another transaction may have inserted it.
    found = await lockedRow(session, hash)
    if (!found) throw new Error('The conversation was deleted while it was opened.')
  }
  if (isTrue(found.held) && takeOver !== Number(found.token))
    return { heldFor: Math.max(0, Number(found.ticks) - Number(found.renewed)) }
  const token = await session.nextToken()
  const wrapped = wrappedIn(found) ?? newKey
  await db
    .updateTable('turnstate_conversations')
    .set({
      token,
      writer: token,
      opened_revision: Number(found.revision),
      renewed: ticks,
      lease,
      ...wrappedColumns(wrapped),
    })
    .where('key', '=', Number(found.key))
    .execute()
  return { key: Number(found.key), token, revision: Number(found.revision), wrapped }
}

function lockedRow({ db, ticks, locksRows }: Session, hash: string) {
  const query = db
    .selectFrom('turnstate_conversations')
    .select([
      'key',
      'revision',
      'token',
      'renewed',
      'data_key',
      'key_id',
      isHeld(ticks).as('held'),
      sql<number | string>`${ticks}`.as('ticks'),
    ])
    .where('id_hash', '=', hash)
  return (locksRows ? query.forUpdate() : query).executeTakeFirst()
}

export async function append(session: Session, request: AppendRequest): Promise<AppendReply> {
  const { db, now, ticks, locksRows } = session
  const { key, token, expected, facts, summary } = request
  const query = db
    .selectFrom('turnstate_conversations')
    .select(['revision', 'writer', 'opened_revision'])
    .where('key', '=', key)
  const found = await (locksRows ? query.forUpdate() : query).executeTakeFirst()
  if (!found || found.writer === null || Number(found.writer) !== token) return null
  const revision = Number(found.revision)
  // Facts after the revision at which it was opened carry its token: there are no others to compare.
  if (expected < Number(found.opened_revision) || expected > revision) return null
  const fresh = facts.slice(revision - expected)
  await insertFacts(session, key, token, fresh)
  await db
    .updateTable('turnstate_conversations')
    .set({
      revision: revision + fresh.length,
      renewed: ticks,
      ...(fresh.length > 0 ? { changed_at: now, ...(summary ? summaryColumns(summary) : {}) } : {}),
    })
    .where('key', '=', key)
    .execute()
  return revision + fresh.length
}

async function insertFacts(
  { db, rowsAtOnce }: Session,
  key: number,
  token: number,
  facts: readonly FactRow[],
): Promise<void> {
  let [rows, size]: [FactRow[], number] = [[], 0]
  const insert = async () => {
    const values = rows.map(({ seq, body, sealed }) => {
      return { conversation: key, seq, token, size: sizeOf({ body, sealed }), body, sealed }
    })
    if (values.length > 0) await db.insertInto('turnstate_facts').values(values).execute()
    ;[rows, size] = [[], 0]
  }
  for (const fact of facts) {
    if (rows.length >= rowsAtOnce || size + sizeOf(fact) > mostAtOnce) await insert()
    rows.push(fact)
    size += sizeOf(fact)
  }
  await insert()
}

/** The size of a fact as it is stored. */
export const sizeOf = ({ body, sealed }: Pick<FactRow, 'body' | 'sealed'>): number =>
  body === null ? (sealed?.byteLength ?? 0) : body.length

export async function renew({ db, ticks }: Session, { key, token }: WriterRequest): Promise<boolean> {
  const found = await db
    .updateTable('turnstate_conversations')
    .set({ renewed: ticks })
    .where('key', '=', key)
    .where('writer', '=', token)
    .returning('key')
    .executeTakeFirst()
  return found !== undefined
}

export async function release({ db }: Session, { key, token }: WriterRequest): Promise<void> {
  await db
    .updateTable('turnstate_conversations')
    .set({ writer: null })
    .where('key', '=', key)
    .where('writer', '=', token)
    .execute()
}

export async function page(
  { db }: Session,
  { key, from, to }: { readonly key: number; readonly from: number; readonly to: number },
): Promise<readonly FactRow[] | null> {
  const facts = db.selectFrom('turnstate_facts').where('conversation', '=', key).where('seq', '>=', from)
  const sizes = await facts.select(['seq', 'size']).where('seq', '<', to).orderBy('seq').limit(mostOnPage).execute()
  let [room, last] = [mostCharacters, from - 1]
  for (const { seq, size } of sizes) {
    room -= Number(size)
    if (room < 0 && last >= from) break
    last = Number(seq)
  }
  const rows =
    last < from ? [] : await facts.select(['seq', 'body', 'sealed']).where('seq', '<=', last).orderBy('seq').execute()
  if (rows.length > 0) return rows.map(({ seq, body, sealed }) => ({ seq: Number(seq), body, sealed }))
  const exists = await db.selectFrom('turnstate_conversations').select('key').where('key', '=', key).executeTakeFirst()
  return exists ? [] : null
}

export async function checkpoint({ db }: Session, key: number): Promise<CheckpointRow | null> {
  const found = await db
    .selectFrom('turnstate_checkpoints')
    .select(['revision', 'version', 'body'])
    .where('conversation', '=', key)
    .executeTakeFirst()
  return found ? { revision: Number(found.revision), version: Number(found.version), body: found.body } : null
}

export async function saveCheckpoint(session: Session, request: WriterRequest & CheckpointRow): Promise<void> {
  const { db, locksRows } = session
  const query = db
    .selectFrom('turnstate_conversations')
    .select('key')
    .where('key', '=', request.key)
    .where('writer', '=', request.token)
  if (!(await (locksRows ? query.forUpdate() : query).executeTakeFirst())) return
  const columns = { revision: request.revision, version: request.version, body: request.body }
  await db
    .insertInto('turnstate_checkpoints')
    .values({ conversation: request.key, ...columns })
    .onConflict((conflict) => conflict.column('conversation').doUpdateSet(columns))
    .execute()
}

export async function find(session: Session, id: string): Promise<ConversationRow | null> {
  const found = await listed(session).where('id_hash', '=', hashText(id)).executeTakeFirst()
  return found ? conversation(found) : null
}

export async function list(
  session: Session,
  { owner, changedBefore, limit, after }: CheckedListOptions,
): Promise<readonly ConversationRow[]> {
  let query = listed(session)
  if (owner !== null) query = query.where('owner_hash', '=', hashText(owner))
  if (changedBefore !== null) query = query.where('changed_at', '<=', wholeNumber(changedBefore))
  if (after !== null)
    query = query.where((build) =>
      build(build.refTuple('changed_at', 'key'), '<', build.tuple(after.changedAt, after.key)),
    )
  const found = await query.orderBy('changed_at', 'desc').orderBy('key', 'desc').limit(limit).execute()
  return found.map(conversation)
}

const listed = ({ db, ticks }: Session) =>
  db
    .selectFrom('turnstate_conversations')
    .select(['key', 'id', 'owner', 'title', 'first_words', 'status', 'model', 'usage', 'revision'])
    .select(['created_at', 'changed_at', 'data_key', 'key_id', 'token', isHeld(ticks).as('held')])

type Selected = Awaited<ReturnType<ReturnType<typeof listed>['executeTakeFirstOrThrow']>>

const conversation = (row: Selected): ConversationRow => ({
  key: Number(row.key),
  id: unescapeText(row.id),
  owner: row.owner === null ? null : unescapeText(row.owner),
  title: row.title,
  firstWords: row.first_words,
  status: unescapeText(row.status),
  model: unescapeText(row.model),
  usage: row.usage,
  revision: Number(row.revision),
  createdAt: Number(row.created_at),
  changedAt: Number(row.changed_at),
  writer: isTrue(row.held) ? Number(row.token) : null,
  wrapped: wrappedIn(row),
})

export async function setTitle(
  { db }: Session,
  { key, title }: { readonly key: number; readonly title: string | null },
): Promise<boolean> {
  const found = await db
    .updateTable('turnstate_conversations')
    .set({ title })
    .where('key', '=', key)
    .returning('key')
    .executeTakeFirst()
  return found !== undefined
}

/** Erases some of the conversations, and returns how many: as long as it is `batch`, there may be more. */
export async function erase({ db, now, ticks }: Session, which: Erased): Promise<number> {
  const condition =
    'id' in which
      ? sql<boolean>`id_hash = ${hashText(which.id)}`
      : 'owner' in which
        ? sql<boolean>`owner_hash = ${hashText(which.owner)}`
        : sql<boolean>`(changed_at <= ${now} - ${wholeNumber(which.age)} and not ${isHeld(ticks)})`
  const some = db.selectFrom('turnstate_conversations').select('key').where(condition).orderBy('key').limit(batch)
  // The row with the data key goes first.
  const erased = await db
    .deleteFrom('turnstate_conversations')
    .where('key', 'in', some)
    .where(condition)
    .returning('key')
    .execute()
  if (erased.length === 0) return 0
  const keys = erased.map(({ key }) => Number(key))
  await db.deleteFrom('turnstate_checkpoints').where('conversation', 'in', keys).execute()
  await db.deleteFrom('turnstate_facts').where('conversation', 'in', keys).execute()
  return keys.length
}

export async function importOne(session: Session, request: ImportRequest): Promise<boolean> {
  const { db } = session
  const { id, owner, title, createdAt, changedAt, wrapped, facts } = request
  const key = await session.nextToken()
  const inserted = await db
    .insertInto('turnstate_conversations')
    .values({
      key,
      id: escapeText(id),
      id_hash: hashText(id),
      owner: owner === null ? null : escapeText(owner),
      owner_hash: owner === null ? null : hashText(owner),
      title,
      ...summaryColumns(request),
      revision: facts.length,
      created_at: createdAt,
      changed_at: changedAt,
      token: key,
      writer: null,
      opened_revision: 0,
      renewed: 0,
      lease: 0,
      ...wrappedColumns(wrapped),
    })
    .onConflict((conflict) => conflict.column('id_hash').doNothing())
    .returning('key')
    .executeTakeFirst()
  if (!inserted) return false
  await insertFacts(session, key, key, facts)
  return true
}

export async function keysExcept(
  { db }: Session,
  { except, after }: { readonly except: string; readonly after: number },
): Promise<readonly KeyRow[]> {
  const found = await db
    .selectFrom('turnstate_conversations')
    .select(['key', 'id', 'data_key', 'key_id'])
    .where('key', '>', after)
    .where('key_id', '!=', escapeText(except))
    .orderBy('key')
    .limit(batch)
    .execute()
  return found.flatMap((row) => {
    const wrapped = wrappedIn(row)
    return wrapped ? [{ key: Number(row.key), id: unescapeText(row.id), ...wrapped }] : []
  })
}

export async function replaceKeys(
  { db }: Session,
  replaced: readonly { readonly key: number; readonly from: string; readonly to: WrappedKey }[],
): Promise<number> {
  let count = 0
  for (const { key, from, to } of replaced) {
    const found = await db
      .updateTable('turnstate_conversations')
      .set(wrappedColumns(to))
      .where('key', '=', key)
      .where('data_key', '=', from)
      .returning('key')
      .executeTakeFirst()
    if (found) count++
  }
  return count
}

/** Conversations whose facts are not those that they say they have, in words. */
export async function check({ db }: Session): Promise<readonly string[]> {
  const { rows } = await sql<{
    readonly id: string
    readonly revision: number | string
    readonly count: number | string
  }>`
    select c.id, c.revision, count(f.seq) as count
    from turnstate_conversations c left join turnstate_facts f on f.conversation = c.key
    group by c.key, c.id, c.revision
    having count(f.seq) <> c.revision or coalesce(max(f.seq), -1) <> c.revision - 1
    order by c.key`.execute(db)
  return rows.map(
    ({ id, revision, count }) =>
      `Conversation ${JSON.stringify(unescapeText(id))} should have ${revision} facts; ${count} are stored.`,
  )
}

/** The columns of a summary, in the order of the table. */
export const summaryColumns = ({
  firstWords,
  status,
  model,
  usage,
}: Pick<ImportRequest, 'firstWords' | 'status' | 'model' | 'usage'>) => ({
  first_words: firstWords,
  status: escapeText(status),
  model: escapeText(model),
  usage,
})

const wrappedColumns = (wrapped: WrappedKey | null) => ({
  data_key: wrapped?.dataKey ?? null,
  key_id: wrapped ? escapeText(wrapped.keyId) : null,
})

const wrappedIn = (row: { readonly data_key: string | null; readonly key_id: string | null }): WrappedKey | null =>
  row.data_key === null || row.key_id === null ? null : { dataKey: row.data_key, keyId: unescapeText(row.key_id) }

/** SQLite has numbers in the place of booleans. */
const isTrue = (value: unknown): boolean => value === true || value === 1

/** A number that the databases can compare. They have no `Infinity`. */
const wholeNumber = (value: number): number =>
  Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Math.floor(value)))
