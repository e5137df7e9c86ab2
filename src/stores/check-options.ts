// Checks of what an app gives a store. All stores use them, so that all accept the same.
import { TurnstateError } from '../errors.ts'
import { isRecord } from '../objects.ts'
import type { ListOptions, OpenOptions } from './store.ts'

/** The most characters (`length`) of a conversation's id, an owner and a title. */
const longestId = 1_024

/** Milliseconds after which a lease expires unless the app says otherwise. */
const defaultLease = 15_000

/** The longest lease: a day. A process that dies blocks its conversations for as long. */
const longestLease = 86_400_000

/** Conversations on a page of a list unless the app says otherwise, and the most. */
const [defaultLimit, largestLimit] = [50, 1_000]

/** @throws TurnstateError `invalid-option` */
export function checkId(id: unknown): asserts id is string {
  checkText('id', id)
}

/** The options of `open()`, checked and complete. */
export interface CheckedOpenOptions extends Required<Omit<OpenOptions, 'owner' | 'takeOver'>> {
  readonly owner: string | null
  readonly takeOver: number | null
}

/** @throws TurnstateError `invalid-option` */
export function checkOpenOptions(options: OpenOptions = {}): CheckedOpenOptions {
  checkObject('The options of open()', options)
  const { owner = null, lease = defaultLease, takeOver = null } = options
  if (owner !== null) checkText('owner', owner)
  if (!isWhole(lease, 1, longestLease))
    throw invalid(`lease must be a whole number of milliseconds from 1 to ${longestLease}; got ${shown(lease)}.`)
  if (takeOver !== null && !isWhole(takeOver, 0, Number.MAX_SAFE_INTEGER))
    throw invalid(`takeOver must be the writer of a listing, a whole number; got ${shown(takeOver)}.`)
  return { owner, lease, takeOver }
}

/** @throws TurnstateError `invalid-option` */
export function checkOwner(owner: unknown): asserts owner is string {
  checkText('owner', owner)
}

/** @throws TurnstateError `invalid-option` */
export function checkTitle(title: unknown): asserts title is string | null {
  if (title !== null) checkText('title', title)
}

/** @throws TurnstateError `invalid-option` */
export function checkRevision(revision: unknown): asserts revision is number {
  if (!isWhole(revision, 0)) throw invalid(`A revision must be a whole number from 0 on; got ${shown(revision)}.`)
}

/** @throws TurnstateError `invalid-option` */
export function checkAge(age: unknown): asserts age is number {
  if (typeof age !== 'number' || !(age >= 0))
    throw invalid(`The age must be a number of milliseconds from 0 on; got ${shown(age)}.`)
}

/** Where a page of a list begins: after the conversation that changed at this time and has this key. */
export interface Cursor {
  readonly changedAt: number
  readonly key: number
}

/** The options of `list()`, checked and complete. */
export interface CheckedListOptions {
  readonly owner: string | null
  readonly changedBefore: number | null
  readonly limit: number
  readonly after: Cursor | null
}

/** @throws TurnstateError `invalid-option` */
export function checkListOptions(options: ListOptions = {}): CheckedListOptions {
  checkObject('The options of list()', options)
  const { owner = null, changedBefore = null, limit = defaultLimit, after = null } = options
  if (owner !== null) checkText('owner', owner)
  if (changedBefore !== null && (typeof changedBefore !== 'number' || Number.isNaN(changedBefore)))
    throw invalid(`changedBefore must be milliseconds since 1970; got ${shown(changedBefore)}.`)
  if (!isWhole(limit, 1, largestLimit))
    throw invalid(`limit must be a whole number from 1 to ${largestLimit}; got ${shown(limit)}.`)
  return { owner, changedBefore, limit, after: after === null ? null : readCursor(after) }
}

/** A cursor as the text that `list()` returns as `next`. */
export const writeCursor = ({ changedAt, key }: Cursor): string => `${changedAt}-${key}`

function readCursor(text: unknown): Cursor {
  const found = typeof text === 'string' ? /^(\d{1,16})-(\d{1,16})$/.exec(text) : null
  if (!found) throw invalid('after must be the `next` of a page before.')
  return { changedAt: Number(found[1]), key: Number(found[2]) }
}

function checkText(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string' || value === '' || value.length > longestId) {
    const given = typeof value === 'string' ? `${value.length} characters` : shown(value)
    throw invalid(`${name} must be a text of 1 to ${longestId} characters; got ${given}.`)
  }
}

function checkObject(what: string, value: unknown): void {
  if (!isRecord(value)) throw invalid(`${what} must be an object; got ${shown(value)}.`)
}

const isWhole = (value: unknown, least: number, most: number = Number.MAX_SAFE_INTEGER): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most

const shown = (value: unknown): string =>
  typeof value === 'number' ? String(value) : `a value of type ${typeof value}`

const invalid = (message: string) => new TurnstateError('invalid-option', message)
