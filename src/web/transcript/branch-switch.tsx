/** @jsxImportSource react */
import type { ClientConversation } from '../../client/index.ts'
import { Icon } from '../icons.tsx'
import type { Choice, Row } from '../story/shown-turns.ts'

/** ‹ 2/3 ›: the turns that stand in the same place. */
export function BranchSwitch({
  chat,
  row: { choices, turnId },
  onFail,
}: {
  readonly chat: ClientConversation
  readonly row: Row
  readonly onFail: (error: unknown) => void
}) {
  const at = choices.findIndex((choice) => choice.turnId === turnId)
  if (choices.length < 2 || at < 0) return null
  const to = (choice: Choice | undefined) => {
    if (choice?.tip) chat.switchTo(choice.tip).catch(onFail)
  }
  const [before, after] = [choices[at - 1], choices[at + 1]]
  return (
    <span className="branches" role="group" aria-label={`Version ${at + 1} of ${choices.length}`}>
      <button
        type="button"
        className="quiet"
        aria-label="Earlier version"
        disabled={!before?.tip}
        onClick={() => to(before)}
      >
        <Icon name="left" />
      </button>
      <span aria-hidden="true">
        {at + 1}/{choices.length}
      </span>
      <button
        type="button"
        className="quiet"
        aria-label="Later version"
        disabled={!after?.tip}
        onClick={() => to(after)}
      >
        <Icon name="right" />
      </button>
    </span>
  )
}
