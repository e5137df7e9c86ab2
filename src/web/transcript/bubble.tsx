/** @jsxImportSource react */
import { useState } from 'react'
import { beginningOfLong } from './long-text.ts'

/** The words of a person. Very many of them are folded, so that what comes after can be reached. */
export function Bubble({ text }: { readonly text: string }) {
  const [isWhole, setIsWhole] = useState(false)
  const beginning = beginningOfLong(text)
  if (beginning === null)
    return (
      <div className="bubble" dir="auto">
        {text}
      </div>
    )
  return (
    <div className="bubble">
      <div dir="auto">{isWhole ? text : `${beginning}…`}</div>
      <button type="button" aria-expanded={isWhole} onClick={() => setIsWhole(!isWhole)}>
        {isWhole ? 'Show less' : `Show all ${text.length.toLocaleString('en')} characters`}
      </button>
    </div>
  )
}
