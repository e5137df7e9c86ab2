import { useEffect, useRef } from 'preact/hooks'

/** A key of the page, and what it does. */
interface PageKey {
  readonly key: string
  readonly does: string
}

/** The keys of the page. In a field they are letters. */
const pageKeys = [
  { key: 'p', does: 'previous refusal' },
  { key: 'n', does: 'next refusal' },
  { key: 'l', does: 'back to live' },
  { key: '/', does: 'search' },
  { key: '?', does: 'this list' },
] as const satisfies readonly PageKey[]

type PageKeyName = (typeof pageKeys)[number]['key']

const isPageKey = (key: string): key is PageKeyName => pageKeys.some((one) => one.key === key)

/** Calls a function for each key of the page that is pressed outside of a field. */
export function useKeys(pressed: (key: PageKeyName) => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target) || !isPageKey(event.key)) return
      event.preventDefault()
      pressed(event.key)
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  })
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches('input:not([type=range], [type=checkbox]), textarea, select')

/** The list of keys, over the page. */
export function KeyList({ close }: { readonly close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="keys" aria-label="Keys" onClose={close}>
      <h2>Keys</h2>
      <dl>
        {[...pageKeys, ...chartKeys].map(({ key, does }) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  )
}

/** Keys of what has the focus. */
const chartKeys: readonly PageKey[] = [
  { key: '← → ↑ ↓', does: 'pan the chart; change tabs; move the border; go through facts' },
  { key: '+ − 0', does: 'zoom the chart, and fit it' },
  { key: 'Enter', does: 'show what is inside of a state' },
]
