/** @jsxImportSource react */
import { memo, useEffect, useLayoutEffect, useRef } from 'react'
import { CopyButton } from '../copy-button.tsx'

/** Longer code is not coloured: it would take too long. In characters. */
const longest = 100_000

/** A block of code, coloured once it is whole. */
export const CodeBlock = memo(function CodeBlock({
  code,
  language,
  isGrowing,
}: {
  readonly code: string
  readonly language: string
  readonly isGrowing: boolean
}) {
  const place = useRef<HTMLElement>(null)
  // Before it is painted: a block that is filled afterwards would move what is around it.
  useLayoutEffect(() => {
    if (place.current) place.current.textContent = code
  }, [code])
  useEffect(() => {
    const element = place.current
    if (!element || isGrowing || language === '' || code.length > longest) return
    let isOver = false
    const colour = async () => {
      // They are loaded when the first code is shown. Without them it can be read all the same.
      const fragment = await import('./highlight.ts').then(({ coloured }) => coloured(code, language)).catch(() => null)
      if (fragment && !isOver) element.replaceChildren(fragment)
    }
    void colour()
    return () => {
      isOver = true
    }
  }, [code, language, isGrowing])
  return (
    <figure className="code">
      <figcaption>
        <span>{language === '' ? 'text' : language}</span>
        <CopyButton text={code} />
      </figcaption>
      {/* Focusable, so that it scrolls by keyboard. */}
      <pre tabIndex={0} role="group" aria-label={`Code${language === '' ? '' : ` in ${language}`}`}>
        <code ref={place} dir="ltr" />
      </pre>
    </figure>
  )
})
