// The pieces of answers on their way from the process that gives them to the one that asked. Like the rows of the feed, those of all
// answers of a process are written with one statement, and read with one.
import type { ClusterDatabase } from './database.ts'
import { Gathered } from './gathered.ts'
import { notifySql } from './notices.ts'

/** `head`: status and headers. `piece`: bytes. `end`: it is whole. `cut`: the one who gave it could not go on. */
export type PieceKind = 'head' | 'piece' | 'end' | 'cut'

/** A piece of an answer. */
export interface Piece {
  /** The id of the request. */
  readonly request: string
  readonly nth: number
  readonly kind: PieceKind
  readonly text: string
}

interface PieceRow extends Record<string, unknown> {
  readonly request: string
  readonly nth: number
  readonly kind: PieceKind
  readonly body: Uint8Array
}

/** A piece as it is stored. */
interface NewPiece extends PieceRow {
  readonly body: Buffer
}

/** The most bytes that are written with one statement, the bytes of a piece beside its body, and the most answers that are read with one. */
const [mostBytes, pieceBytes, mostReadings] = [1_048_576, 200, 256]

/** The most pieces of an answer that are read at once. */
export const mostPieces = 64

export class AnswerTable {
  readonly #database: ClusterDatabase
  readonly #writing = new Gathered<NewPiece, boolean>({
    make: (pieces) => this.#writeAll(pieces),
    sizeOf: ({ body }) => body.byteLength + pieceBytes,
    mostAtOnce: mostBytes,
  })
  readonly #reading = new Gathered<Pick<Piece, 'request' | 'nth'>, readonly Piece[]>({
    make: (readings) => this.#readAll(readings),
    sizeOf: () => 1,
    mostAtOnce: mostReadings,
  })

  constructor(database: ClusterDatabase) {
    this.#database = database
  }

  /** Adds a piece, and tells who asked. Returns whether somebody still waits for it. @throws TurnstateError as the database */
  write({ text, ...piece }: Piece): Promise<boolean> {
    return this.#writing.ask({ ...piece, body: Buffer.from(this.#database.seal(about(piece), text)) })
  }

  /** Pieces of an answer from this one on. @throws TurnstateError as the database */
  from(request: string, nth: number): Promise<readonly Piece[]> {
    return this.#reading.ask({ request, nth })
  }

  async #writeAll(pieces: readonly NewPiece[]): Promise<readonly boolean[]> {
    // The lock keeps the request until its piece is there: whoever deletes it deletes the piece, too.
    const rows = await this.#database.query<Pick<PieceRow, 'request' | 'nth'>>(
      `with piece as (
         select * from unnest($1::text[], $2::integer[], $3::text[], $4::bytea[]) as piece (request, nth, kind, body)
       ), wanted as (
         select id from turnstate_cluster_requests where id = any ($1::text[]) order by id for key share
       ), answered as (
         insert into turnstate_cluster_answers (request, nth, kind, body)
         select request, nth, kind, body from piece join wanted on wanted.id = piece.request returning request, nth
       ) select request, nth, ${notifySql('answer', 'request')} from answered`,
      [
        pieces.map(({ request }) => request),
        pieces.map(({ nth }) => nth),
        pieces.map(({ kind }) => kind),
        pieces.map(({ body }) => body),
      ],
    )
    const written = new Set(rows.map(about))
    return pieces.map((piece) => written.has(about(piece)))
  }

  async #readAll(readings: readonly Pick<Piece, 'request' | 'nth'>[]): Promise<readonly (readonly Piece[])[]> {
    const rows = await this.#database.query<PieceRow & { readonly reading: string }>(
      `select wanted.reading, piece.request, piece.nth, piece.kind, piece.body
       from unnest($1::text[], $2::integer[]) with ordinality as wanted (request, nth, reading)
       cross join lateral (
         select * from turnstate_cluster_answers answer where answer.request = wanted.request and answer.nth >= wanted.nth
         order by answer.nth limit ${mostPieces}
       ) as piece
       order by wanted.reading, piece.nth`,
      [readings.map(({ request }) => request), readings.map(({ nth }) => nth)],
    )
    const found = readings.map((): Piece[] => [])
    for (const { reading, body, ...piece } of rows)
      found[Number(reading) - 1]?.push({ ...piece, text: this.#database.unseal(about(piece), body) })
    return found
  }
}

/** The place of a piece: nothing else can be made of what is stored. */
const about = ({ request, nth }: Pick<Piece, 'request' | 'nth'>): string => `${request} ${nth}`
