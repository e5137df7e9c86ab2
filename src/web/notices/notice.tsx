/** @jsxImportSource react */
import type { ReactNode } from 'react'
import { Icon, type IconName } from '../icons.tsx'

/**
 * The page's own words in the transcript. Nothing that a model writes looks like it: a frame with an edge in a colour of its own, a
 * picture, and buttons.
 */
export function Notice({
  kind,
  icon,
  title,
  children,
}: {
  readonly kind: 'refused' | 'rejected' | 'bad' | 'calm'
  readonly icon: IconName
  readonly title: string
  readonly children?: ReactNode
}) {
  return (
    <section className={`notice notice-${kind}`} aria-label={title}>
      <h2>
        <Icon name={icon} /> {title}
      </h2>
      {children}
    </section>
  )
}
