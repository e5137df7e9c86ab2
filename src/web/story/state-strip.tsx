/** @jsxImportSource react */
import type { ClientConversation } from '../../client/index.ts'
import { inspectorAt } from './inspector-address.ts'
import { useStory } from './use-story.ts'

/** `streaming → refused → reset → idle`, as it happens. Each state leads to the inspector at that moment, if there is one. */
export function StateStrip({
  chat,
  inspector,
}: {
  readonly chat: ClientConversation
  readonly inspector: string | null
}) {
  const path = useStory(chat, (told) => told.path)
  if (path.length === 0) return <span className="strip" />
  const label = `States: ${path.map(({ state }) => state).join(', ')}`
  const classOf = (state: string, index: number) => `step step-${state}${index === path.length - 1 ? ' now' : ''}`
  if (inspector === null)
    return (
      <span className="strip" role="img" aria-label={label}>
        {path.map(({ state }, index) => (
          <span key={index} className={classOf(state, index)}>
            {state}
          </span>
        ))}
      </span>
    )
  return (
    <span className="strip" role="group" aria-label={label}>
      {path.map((step, index) => (
        <span key={index} className={classOf(step.state, index)}>
          <a
            href={inspectorAt(inspector, chat.id, step)}
            target="_blank"
            rel="noreferrer"
            aria-label={`${step.state}: opens the inspector there`}
          >
            {step.state}
          </a>
        </span>
      ))}
    </span>
  )
}
