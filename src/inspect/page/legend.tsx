import { isFlag, useRemembered } from './remembered.ts'

/** What the colours and marks of the chart mean. */
export function Legend() {
  const [isOpen, setOpen] = useRemembered('legend', window.innerWidth > 900, isFlag)
  return (
    <details class="legend" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Legend</summary>
      <ul>
        <li>
          <span class="swatch now" aria-hidden="true" /> now
        </li>
        <li>
          <span class="swatch step" aria-hidden="true">
            1
          </span>{' '}
          path of this turn
        </li>
        <li>
          <span class="swatch lit" aria-hidden="true" /> way out of here
        </li>
        <li>
          <span class="swatch refused" aria-hidden="true" /> refused
        </li>
        <li>
          <span class="swatch rejected" aria-hidden="true" /> rejected
        </li>
        <li>
          <span class="swatch reset" aria-hidden="true" /> reset
        </li>
        <li>
          <span class="guard">[guard]</span> a condition
        </li>
        <li>
          <span class="swatch dot" aria-hidden="true" /> label: zoom in
        </li>
      </ul>
    </details>
  )
}
