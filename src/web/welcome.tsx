/** @jsxImportSource react */
import type { Beginning } from './server.ts'

const beginnings = [
  'Explain how a bee finds its way home.',
  'Write a haiku about a lighthouse.',
  'Compare three ways to store time in a database.',
]

/** An empty page for a new conversation. */
export const Welcome = ({
  further,
  onAsk,
}: {
  /** Those of the server. */
  readonly further: readonly Beginning[]
  readonly onAsk: (text: string) => void
}) => (
  <div className="scroller">
    <div className="column welcome">
      <h2>What is on your mind?</h2>
      <ul aria-label="Beginnings">
        {[...beginnings.map((text) => ({ label: text, text })), ...further].map(({ label, text }) => (
          <li key={label}>
            <button type="button" onClick={() => onAsk(text)}>
              {label}
            </button>
          </li>
        ))}
      </ul>
    </div>
  </div>
)
