// Where a chat is kept, and which conversation it begins with.
import { TurnstateError } from '../errors.ts'
import type { ConversationListing, Store } from '../stores/index.ts'
import type { ChatFlags } from './chat-flags.ts'
import type { Host } from './host.ts'
import { typedAs } from './invocation.ts'
import { Prompt } from './prompt.ts'
import type { Screen } from './screen.ts'
import { defaultDatabase, shownPath } from './stores/data-folder.ts'
import { rowOf } from './stores/describe.ts'
import { findConversation, latestIn } from './stores/find-conversation.ts'
import { openDefaultStore, openStore } from './stores/open-store.ts'

/** How many conversations are listed to choose from. */
export const mostListed = 10

export interface Kept {
  /** `null`: the chat lives in memory. */
  readonly store: Store | null
  /** For people. */
  readonly where: string
  /** Why it is not kept although nobody asked for that; `null` otherwise. */
  readonly obstacle: string | null
}

const notKept: Kept = { store: null, where: '', obstacle: null }

/** Whether the chat begins with a conversation of the store. */
export const goesOn = ({ continue: last, resume }: ChatFlags): boolean => last === true || resume !== undefined

/**
 * The store of a chat: the one that was named. Without a name, the user's own store keeps a chat in a terminal, and a chat that continues
 * a conversation of that store.
 *
 * @throws TurnstateError of a store that was asked for
 */
export async function storeFor(flags: ChatFlags, host: Host, isInteractive: boolean): Promise<Kept> {
  const { store: address } = flags
  if (address === false) return notKept
  if (address) {
    const store = await openStore(address, { mustExist: goesOn(flags) })
    return { ...notKept, store, where: store.name }
  }
  if (!goesOn(flags) && !isInteractive) return notKept
  try {
    return { ...notKept, store: await openDefaultStore(host), where: shownPath(defaultDatabase(host) ?? '', host) }
  } catch (error) {
    if (goesOn(flags) || !TurnstateError.is(error)) throw error
    return { ...notKept, obstacle: `This chat is not kept: ${error.message}` }
  }
}

/** A terminal to ask in. */
export interface Asking {
  readonly host: Host
  readonly screen: Screen
}

/**
 * The conversation to begin with; `null` for a new one.
 *
 * @param asking `null`: there is nobody to ask.
 * @throws TurnstateError `conversation-unknown`, `invalid-option`, and of the store
 */
export async function chosen(
  flags: ChatFlags,
  { store }: Kept,
  asking: Asking | null,
): Promise<ConversationListing | null> {
  if (!store || !goesOn(flags)) return null
  if (typeof flags.resume === 'string') return findConversation(store, flags.resume)
  if (flags.continue) return (await latestIn(store, 1))[0] ?? null
  if (asking) return choose(await latestIn(store, mostListed), asking)
  throw new TurnstateError('invalid-option', 'There is nobody to choose a conversation: give its id after --resume.')
}

/** The rows of conversations with their numbers, from 1. */
export const numbered = (listings: readonly ConversationListing[], columns = 100): readonly string[] =>
  listings.map((listing, index) => `${String(index + 1).padStart(3)}  ${rowOf(listing, columns - 5)}`)

/** Lets a person choose; `null` when they want a new one, or leave. */
async function choose(
  listings: readonly ConversationListing[],
  { host, screen }: Asking,
): Promise<ConversationListing | null> {
  if (listings.length === 0) return null
  for (const row of numbered(listings, host.output.columns)) screen.line(row)
  screen.line()
  const prompt = new Prompt(host)
  const close = () => prompt.close()
  host.leaving.addEventListener('abort', close, { once: true })
  const ask = () => prompt.show(screen.paint('cyan', `Which one? 1 to ${listings.length}, or Enter for a new chat> `))
  try {
    return await new Promise((resolve, reject) => {
      prompt.onInterrupt(() => reject(new Left()))
      prompt.onClose(() => reject(new Left()))
      prompt.onLine((line) => {
        const listing = listings[Number(line.trim()) - 1]
        if (line.trim() === '' || listing) return resolve(listing ?? null)
        prompt.hide()
        screen.line(`Give a number from 1 to ${listings.length}.`)
        ask()
      })
      ask()
    })
  } finally {
    host.leaving.removeEventListener('abort', close)
    prompt.hide()
    prompt.close()
  }
}

/** The person left without choosing. */
export class Left extends Error {}

/** How to go on with a chat that ends. */
export const howToContinue = (flags: ChatFlags, host: Host): string =>
  `To go on with this chat: ${typedAs(host, 'chat')} --continue${flags.store ? ', with the same --store' : ''}`
