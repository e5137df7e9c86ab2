/** @jsxImportSource react */
import type { ClientConversation } from '../client/index.ts'
import { useStory } from './story/use-story.ts'

/** What a screen reader says by itself: one sentence for each step of a turn, never the text that grows. */
export function Announcements({ chat }: { readonly chat: ClientConversation }) {
  const said = useStory(chat, (told) => told.said)
  return (
    <p className="unseen" role="status">
      {said}
    </p>
  )
}
