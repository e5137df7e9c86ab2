import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { useNarrow } from './narrow.ts'
import { useRemembered } from './remembered.ts'

/** The least and the most that the details may take of the window's width, in percent, and what a key changes. */
const [least, most, step] = [18, 70, 2]

const isShare = (value: unknown): value is number => typeof value === 'number' && value >= least && value <= most

interface Props {
  /** The parts of the page. A narrow window shows them in three panes: why and chart, conversations, panels. */
  readonly chart: ComponentChildren
  readonly why: ComponentChildren
  /** @param chosen To be called when one was chosen. A narrow window then shows it. */
  readonly conversations: (chosen: () => void) => ComponentChildren
  readonly panels: ComponentChildren
}

const panes = ['now', 'details', 'conversations'] as const
const paneNames: Readonly<Record<(typeof panes)[number], string>> = {
  now: 'Now',
  details: 'Details',
  conversations: 'Conversations',
}

/** The chart and the details, beside each other with a movable border. A narrow window shows one pane at a time. */
export function Panes(props: Props) {
  return useNarrow() ? <OnePane {...props} /> : <TwoPanes {...props} />
}

function OnePane({ chart, why, conversations, panels }: Props) {
  const [shown, show] = useState<(typeof panes)[number]>('now')
  return (
    <>
      <div class="pane-switch" role="group" aria-label="Pane">
        {panes.map((pane) => (
          <button
            key={pane}
            type="button"
            data-pane-tab={pane}
            aria-pressed={shown === pane}
            onClick={() => show(pane)}
          >
            {paneNames[pane]}
          </button>
        ))}
      </div>
      <main data-pane={shown} id="details" tabIndex={-1}>
        {shown === 'now' && (
          <>
            {why}
            {chart}
          </>
        )}
        {shown === 'details' && panels}
        {shown === 'conversations' && conversations(() => show('now'))}
      </main>
    </>
  )
}

function TwoPanes({ chart, why, conversations, panels }: Props) {
  const [share, setShare] = useRemembered('details', 27, isShare)
  const set = (percent: number) => setShare(Math.min(most, Math.max(least, Math.round(percent * 10) / 10)))
  const onKeyDown = (event: KeyboardEvent) => {
    const change = event.key === 'ArrowLeft' ? step : event.key === 'ArrowRight' ? -step : 0
    if (change === 0) return
    event.preventDefault()
    set(share + change)
  }
  const onPointerMove = (event: PointerEvent & { readonly currentTarget: HTMLElement }) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
    set(((window.innerWidth - event.clientX) / window.innerWidth) * 100)
  }
  return (
    <main style={{ '--details': `${share}%` }}>
      {chart}
      <div
        class="border"
        role="separator"
        aria-label="Width of the details"
        aria-orientation="vertical"
        aria-valuemin={least}
        aria-valuemax={most}
        aria-valuenow={share}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onPointerMove}
        onDblClick={() => set(27)}
      />
      <aside aria-label="Details" id="details" tabIndex={-1}>
        {conversations(() => {})}
        {why}
        {panels}
      </aside>
    </main>
  )
}
