// What the cases need to know of the store that they try.
import assert from 'node:assert/strict'
import { elapsed } from '../../clock.ts'
import { messageOf, TurnstateError, type TurnstateErrorCode } from '../../errors.ts'
import type { StoredFact } from '../../journal/index.ts'
import type { AppendResult, OpenConversation, Store } from '../../stores/index.ts'

/** A store to be tried, on an empty place of its own. */
export interface TestedStore {
  readonly store: Store
  /**
   * Opens another store on the same place, as another process would. Its clock is ahead by so many milliseconds. Missing: a
   * place has one store only.
   */
  readonly other?: (clockAhead: number) => Promise<Store>
  /** Closes nothing, and opens the place again: what was saved must be there. Missing: the store keeps nothing. */
  readonly reopen?: () => Promise<Store>
  /** Lets leases age by so many milliseconds. Missing: the cases wait. */
  readonly pass?: (milliseconds: number) => void | Promise<void>
  /** Called at the end of each case. Closes what is open, and removes the place. */
  readonly close: () => Promise<void>
}

/** A store within a case. */
export interface Tried {
  readonly store: Store
  /** Another store on the same place; the store itself where a place has one only. */
  readonly other: (clockAhead?: number) => Promise<Store>
  readonly reopen: (() => Promise<Store>) | undefined
  readonly pass: (milliseconds: number) => Promise<void>
}

/** A case by its name. It throws if the store does not do what the name says. */
export type Case = readonly [name: string, run: (tried: Tried) => Promise<void>]

export const triedStore = ({ store, other, reopen, pass }: TestedStore): Tried => ({
  store,
  other: async (clockAhead = 0) => (other ? other(clockAhead) : store),
  reopen,
  pass: async (milliseconds) => (pass ? pass(milliseconds) : elapsed(milliseconds)),
})

/** A lease that is short enough to be waited for. */
export const shortLease = 60

/** Asserts that a promise rejects with a code. */
export async function rejects(promise: Promise<unknown>, code: TurnstateErrorCode): Promise<TurnstateError> {
  const found: unknown = await promise.then(
    () => null,
    (error: unknown) => error,
  )
  assert(
    TurnstateError.is(found),
    `It should reject with ${code}; ${found === null ? 'it did not reject' : messageOf(found)}.`,
  )
  assert.equal(found.code, code)
  return found
}

/** Opens a conversation that nobody renews, and waits until its lease has expired. */
export async function abandoned({ store, pass }: Tried, id: string, count = 0): Promise<OpenConversation> {
  const chat = await store.open(id, { lease: shortLease })
  if (count > 0) await saved(chat.append(appendOf(sampleFacts(id, 0, count))), count)
  await pass(shortLease * 2)
  return chat
}

/** Asserts that an append is saved up to a revision. */
export async function saved(answer: AppendResult | Promise<AppendResult>, revision: number): Promise<void> {
  assert.deepEqual(await answer, { status: 'saved', revision })
}

/** Asserts that an append or a renewal is `lost`. */
export async function isLost(answer: ReturnType<OpenConversation['append' | 'renew']>): Promise<void> {
  const { status, ...rest } = await answer
  assert.equal(status, 'lost')
  assert.equal('failure' in rest ? rest.failure.code : null, 'conversation-lost')
}

/** All items of pages. */
export async function all<Item>(pages: AsyncIterable<readonly Item[]>): Promise<readonly Item[]> {
  const items: Item[] = []
  for await (const page of pages) items.push(...page)
  return items
}

/** The next value of an iterator, which must not be at its end. */
export async function nextOf<Value>(iterator: AsyncIterator<Value>): Promise<Value> {
  const { done, value } = await iterator.next()
  assert(done !== true, 'It should give another value; it has ended.')
  return value
}

/** Facts of a valid journal: it is created, then messages are queued. `by` tells apart what two writers store. */
export const sampleFacts = (id: string, from: number, to: number, by = 'm'): readonly StoredFact[] =>
  Array.from({ length: to - from }, (_, index) => sampleFact(id, from + index, by))

const sampleFact = (id: string, seq: number, by: string): StoredFact =>
  seq === 0
    ? { type: 'conversation.created', id, model: 'some-model', at: 1_700_000_000_000, seq, v: 2 }
    : { type: 'input.queued', turnId: `${by}${seq}`, input: `Message ${seq}`, at: 1_700_000_000_000 + seq, seq, v: 2 }

/** A message of some text, as fact number `seq`. */
export const message = (seq: number, input: string, metadata: Readonly<Record<string, unknown>> = {}): StoredFact => ({
  type: 'input.queued',
  turnId: `m${seq}`,
  input,
  at: 1_700_000_000_000,
  metadata,
  seq,
  v: 2,
})

/** A value of another type than the declared one, as JavaScript may pass it. */
export const wrong: (json: string) => ReturnType<typeof JSON.parse> = (json) => JSON.parse(json)

let appends = 0

/** An append of these facts. */
export const appendOf = (facts: readonly StoredFact[]) => ({
  appendId: `append-${++appends}`,
  expected: facts[0]?.seq ?? 0,
  facts,
})

/** Creates a conversation with some facts, and releases it. */
export async function stored(store: Store, id: string, count = 3, owner?: string): Promise<readonly StoredFact[]> {
  const facts = sampleFacts(id, 0, count)
  const chat = await store.open(id, owner === undefined ? {} : { owner })
  if (count > 0) await saved(chat.append(appendOf(facts)), count)
  await chat.release()
  return facts
}
