import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'

/** Tabs, of which one panel is shown. Arrow keys move between tabs. */
export function Tabs({ tabs }: { readonly tabs: Readonly<Record<string, () => ComponentChildren>> }) {
  const names = Object.keys(tabs)
  const [chosen, choose] = useState(names[0] ?? '')
  const onKeyDown = (event: KeyboardEvent & { readonly currentTarget: HTMLElement }) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    const next = names[(names.indexOf(chosen) + step + names.length) % names.length] ?? chosen
    choose(next)
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus()
  }
  return (
    <section class="panels">
      <div role="tablist" aria-label="Views" onKeyDown={onKeyDown}>
        {names.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            data-tab={name}
            aria-selected={name === chosen}
            aria-controls="panel"
            tabIndex={name === chosen ? 0 : -1}
            onClick={() => choose(name)}
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="panel" aria-labelledby={`tab-${chosen}`} tabIndex={0}>
        {tabs[chosen]?.()}
      </div>
    </section>
  )
}
