/** @jsxImportSource react */
import type { ClientConversation } from '../../client/index.ts'
import { Icon } from '../icons.tsx'
import { useStory } from '../story/use-story.ts'
import { spanOf } from './texts.ts'

/** What the model thought, folded. */
export function Thinking({
  chat,
  turnId,
  text,
  isGrowing,
}: {
  readonly chat: ClientConversation
  readonly turnId: string
  readonly text: string
  readonly isGrowing: boolean
}) {
  const took = useStory(chat, ({ thought }) => thought.get(turnId))
  const label = isGrowing ? 'Thinking…' : took === undefined ? 'Thought' : `Thought for ${spanOf(took)}`
  if (text === '')
    return (
      <p className="thinking">
        <Icon name="thought" /> {label}
      </p>
    )
  return (
    <details className="thinking">
      <summary>
        <Icon name="thought" /> {label}
      </summary>
      <div dir="auto">{text}</div>
    </details>
  )
}
