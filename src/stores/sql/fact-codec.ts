// Facts and texts of one conversation, to and from what is stored.
import { TurnstateError } from '../../errors.ts'
import type { StoredFact } from '../../journal/index.ts'
import { isRecord } from '../../objects.ts'
import { isSummary } from '../exported-lines.ts'
import type { Checkpoint, ConversationListing, ConversationSummary } from '../store.ts'
import type { CheckpointRow, ConversationRow, FactRow, SummaryRow } from './backend.ts'
import { inPortions } from './pacing.ts'
import { aboutFact } from './sealed-rows.ts'
import { type Keys, keyUnknown, type Seal, type WrappedKey } from './sealing.ts'
import { escapeText, unescapeText } from './text-codec.ts'

/** What a sealed text begins with. No escaped text does. */
const sealedMark = '\\s'

/** Seals what is written if there is a seal, and unseals what is read. */
export class Codec {
  readonly #seal: Seal | null
  readonly #keyId: string

  constructor(seal: Seal | null, wrapped: WrappedKey | null) {
    this.#seal = seal
    this.#keyId = wrapped?.keyId ?? ''
  }

  /** What the database seals facts with. */
  get seal(): Seal | null {
    return this.#seal
  }

  /** The rows of facts, not sealed yet. */
  facts(facts: readonly StoredFact[]): Promise<readonly FactRow[]> {
    return inPortions(facts, (fact) => ({ seq: fact.seq, body: JSON.stringify(fact), sealed: null }))
  }

  /** @throws TurnstateError `key-unknown`, `journal-damaged` */
  readFact({ seq, body, sealed }: FactRow): StoredFact {
    if (sealed && !this.#seal) throw keyUnknown(this.#keyId)
    const json = sealed ? this.#seal?.unseal(aboutFact(seq), sealed) : body
    const fact = json === null || json === undefined ? null : parsed(json)
    if (!isFact(fact, seq))
      throw new TurnstateError(
        'journal-damaged',
        `Fact ${seq} cannot be read: what is stored was changed by something else than turnstate.`,
        { factIndex: seq },
      )
    return fact
  }

  text(about: string, text: string | null): string | null {
    if (text === null) return null
    const escaped = escapeText(text)
    return this.#seal ? sealedMark + this.#seal.sealText(about, escaped) : escaped
  }

  /** `null` if the key is missing or the text was changed. */
  readText(about: string, text: string | null): string | null {
    if (text === null || !text.startsWith(sealedMark)) return text === null ? null : unescapeText(text)
    const escaped = this.#seal?.unsealText(about, text.slice(sealedMark.length)) ?? null
    return escaped === null ? null : unescapeText(escaped)
  }

  title = (title: string | null): string | null => this.text('title', title)

  summary({ title, status, model, usage }: ConversationSummary): SummaryRow {
    return { firstWords: this.text('first words', title), status, model, usage: JSON.stringify(usage) }
  }

  readSummary(row: SummaryRow): ConversationSummary {
    const { status, model } = row
    const summary = { title: this.readText('first words', row.firstWords), status, model, usage: parsed(row.usage) }
    if (!isSummary(summary))
      throw new TurnstateError('store-invalid', 'A conversation in the store has a usage that cannot be read.')
    return summary
  }

  readTitle = (title: string | null): string | null => this.readText('title', title)

  listing(row: ConversationRow): ConversationListing {
    const { id, owner, revision, createdAt, changedAt, writer } = row
    const summary = this.readSummary(row)
    const title = row.title === null ? summary.title : this.readTitle(row.title)
    return { ...summary, id, owner, title, revision, createdAt, changedAt, isOpen: writer !== null, writer }
  }

  checkpoint({ revision, version, body }: Checkpoint): CheckpointRow {
    return { revision, version, body: this.text(`checkpoint ${revision} ${version}`, body) ?? '' }
  }

  /** `null` if it cannot be read: it is derived from the facts. */
  readCheckpoint({ revision, version, body }: CheckpointRow): Checkpoint | null {
    const text = this.readText(`checkpoint ${revision} ${version}`, body)
    return text === null ? null : { revision, version, body: text }
  }
}

/** @throws TurnstateError `key-unknown` */
export function codecFor(keys: Keys | null, id: string, wrapped: WrappedKey | null): Codec {
  if (wrapped && !keys) throw keyUnknown(wrapped.keyId)
  return new Codec(wrapped && keys ? keys.sealOf(id, wrapped) : null, wrapped)
}

/** A codec for lists: without the key, texts are `null`. */
export function codecOrBlind(keys: Keys | null, id: string, wrapped: WrappedKey | null): Codec {
  try {
    return codecFor(keys, id, wrapped)
  } catch {
    return new Codec(null, wrapped)
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}

/** Whether it is the fact that was stored here. `fold` checks the rest. */
const isFact = (value: unknown, seq: number): value is StoredFact => isRecord(value) && value['seq'] === seq
