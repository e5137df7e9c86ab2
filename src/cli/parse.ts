// Parses the values of flags. Each error says what to give instead.
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import type { Prices } from '../journal/index.ts'
import type { RefusalLadder, RefusalPolicy } from '../refusals/policy.ts'
import { withoutSlashes } from '../without-slashes.ts'
import { parseStore, type StoreAddress } from './stores/store-address.ts'
import { chatTools } from './tools/index.ts'
import { readTypedPolicy, writtenWith } from './typed-policies.ts'

/** What `--on-refusal` takes. */
export const refusalChoices = `${writtenWith(':').join(', ')} or manual`

export function parseLadder(value: string): RefusalLadder {
  const [first, ...rest] = value.split(',').map((name) => parsePolicy(name.trim()))
  if (!first) throw new InvalidArgumentError(`Give ${refusalChoices}`)
  return [first, ...rest]
}

function parsePolicy(name: string): RefusalPolicy {
  const [policyName = '', turns, ...rest] = name.split(':')
  const policy = name === 'manual' ? name : rest.length === 0 ? readTypedPolicy(policyName, turns) : null
  if (policy !== null) return policy
  throw new InvalidArgumentError(`Got "${name}". Give ${refusalChoices}, where N is a whole number`)
}

export const parseCount = (value: string): number => wholeNumber(value, 1, Number.MAX_SAFE_INTEGER)
export const parseCountFromZero = (value: string): number => wholeNumber(value, 0, Number.MAX_SAFE_INTEGER)
export const parsePort = (value: string): number => wholeNumber(value, 0, 65_535)

function wholeNumber(value: string, least: number, most: number): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= least && number <= most) return number
  throw new InvalidArgumentError(
    most === Number.MAX_SAFE_INTEGER
      ? `Give a whole number from ${least}`
      : `Give a whole number from ${least} to ${most}`,
  )
}

export function parseUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new InvalidArgumentError('Give an address such as http://127.0.0.1:8080')
  if (url.username !== '' || url.password !== '')
    throw new InvalidArgumentError(
      'The address must not contain a name or password: put the key into ANTHROPIC_API_KEY',
    )
  return withoutSlashes(value)
}

/** Rejects names that begin with a dash: they are the next flag. */
export function parseModel(value: string): string {
  if (/^[^\s-]\S*$/.test(value)) return value
  throw new InvalidArgumentError('Give the name of a model, such as claude-opus-5-5')
}

export function parseText(value: string): string {
  if (value.trim() !== '') return value
  throw new InvalidArgumentError('Give a text that is not empty, or omit the option')
}

export function parseNames(value: string): readonly string[] {
  const names = value.split(',').map((name) => name.trim())
  if (!names.includes('')) return names
  throw new InvalidArgumentError('Give names joined by commas, such as claude-opus-5-5,claude-sonnet-5-5')
}

/** Names of models, without duplicates. */
export function parseModels(value: string): readonly string[] {
  const names = parseNames(value).map(parseModel)
  if (new Set(names).size === names.length) return names
  throw new InvalidArgumentError('Name each model once')
}

export function parseTools(value: string): readonly string[] {
  const known = Object.keys(chatTools)
  const names = value === 'all' ? known : value.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return [...new Set(names)]
  throw new InvalidArgumentError(`"${unknown}" is not a tool: give ${known.join(', ')}, or all${questionHint(value)}`)
}

/** Options that may have several values, or none, take a question after them for a value. */
const questionHint = (value: string): string =>
  /\s/.test(value) ? '; a question comes before the options, or after --' : ''

export function parseQuestion(value: string): string {
  if (value.trim() !== '') return value
  throw new InvalidArgumentError('Give a question that is not empty, or omit it to chat')
}

/** One more price: `model=5/25`, or `model=5/25/0.5/6.25` with those of the cache, in dollars per million tokens. */
export function parsePrice(value: string, before: Prices = {}): Prices {
  const [, model = '', numbers = ''] = /^([^\s=-][^\s=]*)=([\d./]+)$/.exec(value) ?? []
  const prices = numbers.split('/').map((number) => (/^\d+(\.\d+)?$/.test(number) ? Number(number) : Number.NaN))
  const [input, output, cacheRead, cacheWrite] = prices
  if (model === '' || input === undefined || output === undefined || prices.length > 4 || prices.includes(Number.NaN))
    throw new InvalidArgumentError(
      'Give a model and its prices for a million tokens in and out, in dollars, such as claude-opus-5-5=5/25. Those of reading and writing the cache may follow: =5/25/0.5/6.25',
    )
  const price = { input, output, ...optional('cacheRead', cacheRead), ...optional('cacheWrite', cacheWrite) }
  return { ...before, [model]: price }
}

const optional = (name: string, value: number | undefined) => (value === undefined ? {} : { [name]: value })

/** One more file to send with the first message. */
export function parseFile(value: string, before: readonly string[] = []): readonly string[] {
  checkIsFile(value, 'the path of an existing file: an image, a PDF or a text')
  return [...before, value]
}

/** A file that an inspector exported, or a store. */
export function parseInspected(value: string): { readonly file: string } | { readonly store: StoreAddress } {
  const isStore = /^(sqlite|postgres|postgresql):/.test(value)
  if (isStore) return { store: parseStore(value) }
  checkIsFile(value, 'the path of a file exported from an inspector, such as inspection.jsonl')
  if (isDatabase(value))
    throw new InvalidArgumentError(`It is a SQLite database. To see the conversations in it, give sqlite:${value}`)
  return { file: value }
}

/** A file that `turnstate conversations export` wrote. */
export function parseStored(value: string): string {
  checkIsFile(value, 'the path of a file that turnstate conversations export wrote')
  return value
}

/** Whether a file begins as those of SQLite do. One that can't be read does not: who reads it then says why. */
function isDatabase(path: string): boolean {
  const beginning = Buffer.alloc(databaseBeginning.length)
  try {
    const file = openSync(path, 'r')
    readSync(file, beginning)
    closeSync(file)
  } catch {
    return false
  }
  return beginning.toString('latin1') === databaseBeginning
}

const databaseBeginning = 'SQLite format 3\0'

function checkIsFile(path: string, wanted: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFile()) return
  const wrong =
    found === undefined ? 'File not found' : found.isDirectory() ? 'It is a folder' : 'It is not a regular file'
  throw new InvalidArgumentError(`${wrong}. Give ${wanted}${questionHint(path)}`)
}

/** The address of an inspector, or the path of a file with the address in its first line. */
export function parseInspector(value: string): string {
  const address = statSync(value, { throwIfNoEntry: false })?.isFile() ? firstLineOf(value) : value
  const url = URL.canParse(address) ? new URL(address) : null
  if (url?.protocol === 'http:' && url.pathname.length > 1) return address
  throw new InvalidArgumentError(
    `Give the address that turnstate inspect printed, with its token, or the path of a file that holds it${questionHint(value)}`,
  )
}

function firstLineOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').split('\n')[0]?.trim() ?? ''
  } catch {
    return ''
  }
}

/** The token in the address of an inspector. */
export function parseToken(value: string): string {
  if (isToken(value)) return value
  throw new InvalidArgumentError('Give at least 16 letters, digits, "-" or "_"')
}

export const isToken = (value: string): boolean => /^[\w-]{16,}$/.test(value)
