import { useCallback, useSyncExternalStore } from 'react'
import type { ClientConversation } from '../../client/index.ts'
import type { TurnStanding } from '../../index.ts'
import { readStandings } from '../server.ts'
import { storyOf, type Told } from './story.ts'
import { type Standings, TurnBook } from './turn-book.ts'

/** A part of the story; the component renders again only when that part changes, so it must keep its identity. */
export function useStory<Selected>(chat: ClientConversation, select: (told: Told) => Selected): Selected {
  const story = storyOf(chat)
  return useSyncExternalStore(
    story.subscribe,
    useCallback(() => select(story.told), [story, select]),
  )
}

const books = new WeakMap<ClientConversation, TurnBook>()

/** The book of a conversation: all components share it. */
export function turnBookOf(chat: ClientConversation): TurnBook {
  let book = books.get(chat)
  if (!book) books.set(chat, (book = new TurnBook(chat, readStandings)))
  return book
}

/** What is known of all turns that were shown. */
export function useStandings(chat: ClientConversation): Standings {
  const book = turnBookOf(chat)
  return useSyncExternalStore(book.subscribe, () => book.known)
}

/** What is known of one turn; `undefined` until the server has said it. */
export function useStanding(chat: ClientConversation, turnId: string): TurnStanding | undefined {
  const book = turnBookOf(chat)
  return useSyncExternalStore(book.subscribe, () => book.known.get(turnId))
}
