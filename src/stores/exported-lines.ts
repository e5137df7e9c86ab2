// A conversation as lines of JSON: a header, a line for each fact, and an end line with their number. Version 1.
import { TurnstateError } from '../errors.ts'
import { Folding, noUsage, readJson, type StoredFact, type Usage } from '../journal/index.ts'
import { type Fields, isRecord } from '../objects.ts'
import { checkId, checkOwner, checkTitle } from './check-options.ts'
import type { ConversationSummary, ImportOptions } from './store.ts'

const exportVersion = 1
const [headerType, endType] = ['turnstate.conversation', 'turnstate.end'] as const

/** What an export says about the conversation, next to its facts. */
export interface Exported {
  readonly id: string
  readonly owner: string | null
  /** The title that the app set. */
  readonly title: string | null
  readonly summary: ConversationSummary
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly changedAt: number
}

/** What an import stores. */
export interface Imported extends Exported {
  readonly facts: readonly StoredFact[]
}

/** The summary of a conversation before anything is appended to it. */
export const emptySummary: ConversationSummary = Object.freeze({
  title: null,
  status: 'idle',
  model: '',
  usage: noUsage,
})

/** The lines of an export, without line breaks. */
export async function* exportedLines(
  header: Exported,
  pages: AsyncIterable<readonly StoredFact[]>,
): AsyncGenerator<string, void> {
  yield JSON.stringify({ type: headerType, version: exportVersion, ...header })
  let count = 0
  for await (const facts of pages)
    for (const fact of facts) {
      count++
      yield JSON.stringify(fact)
    }
  yield JSON.stringify({ type: endType, facts: count })
}

/** The levels of a line: those of a fact. */
const deepestLine = 256

/**
 * Reads the lines of an export to the end. Lines may end with a line break; empty ones are ignored.
 *
 * @throws TurnstateError `import-invalid`, `journal-version-unsupported`, `journal-damaged`, `invalid-option`
 */
export async function readExport(
  lines: AsyncIterable<string> | Iterable<string>,
  options: ImportOptions = {},
): Promise<Imported> {
  const { id, owner } = options
  if (id !== undefined) checkId(id)
  if (owner !== undefined) checkOwner(owner)
  const reader = new Reader()
  for await (const line of lines) reader.add(line)
  const read = reader.end()
  return { ...read, id: id ?? read.id, owner: owner ?? read.owner }
}

class Reader {
  #header: Exported | null = null
  readonly #facts: StoredFact[] = []
  readonly #folding = new Folding()
  #hasEnded = false
  #line = 0

  add(text: string): void {
    this.#line++
    if (typeof text !== 'string') throw this.#invalid('is not a text')
    if (text.trim() === '') return
    if (this.#hasEnded) throw this.#invalid('comes after the end of the export')
    const line = this.#parsed(text)
    if (!this.#header) this.#header = this.#headerIn(line)
    else if (line['type'] === endType) this.#end(line)
    else this.#addFact(line)
  }

  end(): Imported {
    if (!this.#header) throw invalid('There are no lines.')
    if (!this.#hasEnded)
      throw invalid(`They end after ${this.#facts.length} facts, without the line that ends an export.`)
    return { ...this.#header, facts: this.#facts }
  }

  #parsed(text: string): Fields {
    let value: unknown
    try {
      value = readJson(text, { levels: deepestLine })
    } catch {
      throw this.#invalid('is not JSON')
    }
    if (!isRecord(value)) throw this.#invalid('is not an object')
    return value
  }

  #headerIn(line: Fields): Exported {
    const { type, version, id, owner = null, title = null, summary, createdAt, changedAt } = line
    if (type !== headerType) throw this.#invalid('is not the first line of an export')
    if (typeof version === 'number' && version > exportVersion)
      throw new TurnstateError(
        'journal-version-unsupported',
        `The export has version ${version}; this release reads up to ${exportVersion}. Upgrade turnstate. Nothing was imported.`,
      )
    try {
      checkId(id)
      if (owner !== null) checkOwner(owner)
      checkTitle(title)
    } catch {
      throw this.#invalid('has an id, an owner or a title that is not a text of 1 to 1,024 characters')
    }
    if (version !== exportVersion || !isTime(createdAt) || !isTime(changedAt) || !isSummary(summary))
      throw this.#invalid('lacks a field of the first line of an export')
    return { id, owner, title, summary, createdAt, changedAt }
  }

  #addFact(line: Fields): void {
    if (line['seq'] !== this.#facts.length)
      throw this.#invalid(`should be fact ${this.#facts.length}: facts are missing, doubled or out of order`)
    const found = this.#folding.add(line)
    if (found)
      throw new TurnstateError(
        found.problem === 'later' ? 'journal-version-unsupported' : 'journal-damaged',
        `Fact ${this.#facts.length} (${found.type}) of the export: ${found.why.slice(0, 500)}. Nothing was imported.`,
        { factIndex: this.#facts.length },
      )
    if (isStoredFact(line)) this.#facts.push(line)
  }

  #end(line: Fields): void {
    if (line['facts'] !== this.#facts.length)
      throw this.#invalid(`says that there are ${String(line['facts'])} facts, but ${this.#facts.length} came`)
    this.#hasEnded = true
  }

  #invalid(why: string): TurnstateError {
    return invalid(`Line ${this.#line} ${why}.`)
  }
}

const invalid = (why: string) =>
  new TurnstateError('import-invalid', `The lines are not a whole exported conversation. ${why} Nothing was imported.`)

/** The folding has read it, and it has a number. */
const isStoredFact = (line: unknown): line is StoredFact => isRecord(line) && typeof line['seq'] === 'number'

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

/** Whether a value has the form of a summary. */
export const isSummary = (value: unknown): value is ConversationSummary =>
  isRecord(value) &&
  (value['title'] === null || typeof value['title'] === 'string') &&
  typeof value['status'] === 'string' &&
  typeof value['model'] === 'string' &&
  isUsage(value['usage'])

const isUsage = (value: unknown): value is Usage =>
  isRecord(value) &&
  ['inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWriteTokens'].every(
    (name) => typeof value[name] === 'number',
  )
