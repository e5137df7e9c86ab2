import { useCallback, useSyncExternalStore } from 'react'
import type { ClientConversation } from '../../client/index.ts'
import type { Branch } from '../../index.ts'
import { branchBookOf } from './branch-book.ts'
import { storyOf, type Told } from './story.ts'

/** A part of the story; the component renders again only when that part changes, so it must keep its identity. */
export function useStory<Selected>(chat: ClientConversation, select: (told: Told) => Selected): Selected {
  const story = storyOf(chat)
  return useSyncExternalStore(
    story.subscribe,
    useCallback(() => select(story.told), [story, select]),
  )
}

/** What is known of the branches of turns. */
export function useBranches(chat: ClientConversation): ReadonlyMap<string, readonly Branch[]> {
  const book = branchBookOf(chat)
  return useSyncExternalStore(book.subscribe, () => book.known)
}
