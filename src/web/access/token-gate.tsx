/** @jsxImportSource react */
import { useState } from 'react'
import { tryToken } from './access.ts'

/** What stands in place of the page while the server wants a token. */
export function TokenGate({ isWrong }: { readonly isWrong: boolean }) {
  const [token, setToken] = useState('')
  return (
    <main className="gate">
      <h1>turnstate</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (token.trim() !== '') tryToken(token.trim())
        }}
      >
        <label htmlFor="token">This server asks for a token.</label>
        <input
          id="token"
          type="password"
          autoComplete="off"
          aria-describedby="token-note"
          aria-invalid={isWrong}
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
        <button type="submit" className="main">
          Go on
        </button>
        <p id="token-note" role={isWrong ? 'alert' : undefined}>
          {isWrong
            ? 'The server does not take this token. Try another one.'
            : 'It is what turnstate serve was started with, as --token. It is kept until this tab is closed.'}
        </p>
      </form>
    </main>
  )
}
