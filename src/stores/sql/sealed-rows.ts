// Rows of facts, sealed. Where that is done is up to the database: with SQLite in the thread of the file, with Postgres in the app's own.
import type { FactRow } from './backend.ts'
import { inPortions } from './pacing.ts'
import type { Seal } from './sealing.ts'

/** What the seal of a fact is bound to. */
export const aboutFact = (seq: number): string => `fact ${seq}`

/** A row whose text is sealed. */
export const sealedRow = (seal: Seal, { seq, body, sealed }: FactRow): FactRow => ({
  seq,
  body: null,
  sealed: body === null ? sealed : seal.seal(aboutFact(seq), body),
})

/** The rows as they are stored: as they are without a seal. Many are sealed in several turns of the event loop. */
export const sealedRows = async (seal: Seal | null, rows: readonly FactRow[]): Promise<readonly FactRow[]> =>
  seal === null ? rows : inPortions(rows, (row) => sealedRow(seal, row))
