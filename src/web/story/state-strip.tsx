/** @jsxImportSource react */
import type { ClientConversation } from '../../client/index.ts'
import { useStory } from './use-story.ts'

/** `streaming → refused → reset → idle`, as it happens. It leads to the inspector, if there is one. */
export function StateStrip({
  chat,
  inspector,
}: {
  readonly chat: ClientConversation
  readonly inspector: string | null
}) {
  const path = useStory(chat, (told) => told.path)
  if (path.length === 0) return <span className="strip" />
  const steps = path.map((state, index) => (
    <span key={index} className={`step step-${state}${index === path.length - 1 ? ' now' : ''}`}>
      {state}
    </span>
  ))
  const label = `States: ${path.join(', ')}`
  return inspector === null ? (
    <span className="strip" role="img" aria-label={label}>
      {steps}
    </span>
  ) : (
    <a className="strip" href={inspector} target="_blank" rel="noreferrer" aria-label={`${label}. Opens the inspector`}>
      {steps}
    </a>
  )
}
