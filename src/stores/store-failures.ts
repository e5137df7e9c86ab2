// What stores answer and throw.
import { type Failure, quoteOf, sentenceFor, TurnstateError } from '../errors.ts'
import { beginning } from '../foreign-text.ts'
import type { Append } from './store.ts'

/** Another writer has taken over. */
export const lost = (): { readonly status: 'lost'; readonly failure: Failure } => ({
  status: 'lost',
  failure: { code: 'conversation-lost', message: sentenceFor({ code: 'conversation-lost' }) },
})

/** It is not known whether the facts are stored. */
export const failed = (thrown?: unknown): { readonly status: 'failed'; readonly failure: Failure } => ({
  status: 'failed',
  failure: {
    code: 'journal-write-failed',
    message: sentenceFor({ code: 'journal-write-failed' }),
    ...(thrown === undefined ? {} : quoteOf(thrown)),
  },
})

/**
 * @throws TurnstateError `internal-error` for facts that are not numbered from `expected` on: it is a bug of the writer, and storing them
 *   would damage the journal.
 */
export function checkAppend({ expected, facts }: Append): void {
  if (facts.length === 0) throw internal('An append without facts cannot be stored.')
  const wrong = facts.findIndex(({ seq }, index) => seq !== expected + index)
  if (wrong >= 0)
    throw internal(
      `Fact ${wrong} of an append has the number ${facts[wrong]?.seq}; it must be ${expected + wrong}. Nothing was stored.`,
    )
}

const internal = (message: string) => new TurnstateError('internal-error', message)

export const conversationUnknown = (id: string): TurnstateError =>
  new TurnstateError('conversation-unknown', `The store has no conversation ${named(id)}.`)

export const conversationExists = (id: string): TurnstateError =>
  new TurnstateError(
    'conversation-exists',
    `The store already has a conversation ${named(id)}. Choose another id, or delete that one first.`,
  )

/** @param heldFor Milliseconds since the holder renewed its lease. */
export const conversationBusy = (id: string, heldFor: number): TurnstateError =>
  new TurnstateError(
    'conversation-busy',
    `The conversation ${named(id)} is open elsewhere: its lease was renewed ${heldFor} ms ago. Close it there, or wait until the lease expires.`,
    { heldFor },
  )

export const storeClosed = (name: string): TurnstateError =>
  new TurnstateError('store-closed', `The store ${name} is closed. Open it again.`)

const named = (id: string): string => JSON.stringify(id.length > 80 ? `${beginning(id, 80)}…` : id)
