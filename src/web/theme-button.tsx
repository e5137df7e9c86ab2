/** @jsxImportSource react */
import { useEffect, useState } from 'react'
import { Icon } from './icons.tsx'

type Theme = 'light' | 'dark'
const key = 'turnstate.theme'

/** What was chosen before, or `null` for what the system prefers. */
const chosen = (): Theme | null => {
  const kept = localStorage.getItem(key)
  return kept === 'light' || kept === 'dark' ? kept : null
}

/** Light or dark. */
export function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(
    () => chosen() ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'),
  )
  useEffect(() => {
    if (chosen()) document.documentElement.dataset['theme'] = theme
  }, [theme])
  return (
    <button
      type="button"
      className="quiet"
      aria-label="Dark"
      title={theme === 'dark' ? 'Light' : 'Dark'}
      aria-pressed={theme === 'dark'}
      onClick={() => {
        const next = theme === 'dark' ? 'light' : 'dark'
        localStorage.setItem(key, next)
        setTheme(next)
      }}
    >
      <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
    </button>
  )
}
