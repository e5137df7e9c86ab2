/** @jsxImportSource react */
import { beginningOf } from './texts.ts'
import type { Source } from './read-sources.ts'

/** The numbered sources of a reply. */
export function Sources({ sources, turnId }: { readonly sources: readonly Source[]; readonly turnId: string }) {
  if (sources.length === 0) return null
  return (
    <details className="sources" open={sources.length < 4}>
      <summary>{sources.length === 1 ? '1 source' : `${sources.length} sources`}</summary>
      <ol>
        {sources.map(({ number, title, url, cited }) => (
          <li key={`${turnId} ${number}`} data-source={number} tabIndex={-1}>
            {url === null ? (
              <span dir="auto">{title}</span>
            ) : (
              <a href={url} title={url} target="_blank" rel="noopener noreferrer nofollow">
                <span dir="auto">{title}</span> <small>{new URL(url).host}</small>
              </a>
            )}
            {cited !== '' && <q dir="auto">{beginningOf(cited, 160)}</q>}
          </li>
        ))}
      </ol>
    </details>
  )
}
