/** @jsxImportSource react */
import { useEffect, useState } from 'react'
import { Icon } from './icons.tsx'

/** Copies a text. */
export function CopyButton({ text, label = 'Copy' }: { readonly text: string; readonly label?: string }) {
  const [done, setDone] = useState(false)
  useEffect(() => {
    if (!done) return
    const timer = setTimeout(() => setDone(false), 1_500)
    return () => clearTimeout(timer)
  }, [done])
  return (
    <button
      type="button"
      className="quiet"
      aria-label={done ? 'Copied' : label}
      title={label}
      onClick={() => void navigator.clipboard?.writeText(text).then(() => setDone(true))}
    >
      <Icon name={done ? 'check' : 'copy'} />
    </button>
  )
}
