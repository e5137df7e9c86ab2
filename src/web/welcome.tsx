/** @jsxImportSource react */

const beginnings = [
  'Explain how a bee finds its way home.',
  'Write a haiku about a lighthouse.',
  'Compare three ways to store time in a database.',
]

/** An empty page for a new conversation. */
export const Welcome = ({ onAsk }: { readonly onAsk: (text: string) => void }) => (
  <div className="scroller">
    <div className="column welcome">
      <h2>What is on your mind?</h2>
      <ul aria-label="Beginnings">
        {beginnings.map((text) => (
          <li key={text}>
            <button type="button" onClick={() => onAsk(text)}>
              {text}
            </button>
          </li>
        ))}
      </ul>
    </div>
  </div>
)
