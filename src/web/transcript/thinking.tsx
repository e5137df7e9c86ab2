/** @jsxImportSource react */
import { Icon } from '../icons.tsx'
import { spanOf } from './texts.ts'

/** What the model thought, folded. */
export function Thinking({
  text,
  took,
  isGrowing,
}: {
  readonly text: string
  /** Milliseconds; `undefined` where nobody knows. */
  readonly took: number | undefined
  readonly isGrowing: boolean
}) {
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
