/** What the colours and marks of the chart mean. */
export const Legend = () => (
  <ul class="legend" aria-label="Legend">
    <li>
      <span class="swatch now" aria-hidden="true" /> now
    </li>
    <li>
      <span class="swatch step" aria-hidden="true">
        1
      </span>{' '}
      path of the turn
    </li>
    <li>
      <span class="swatch lit" aria-hidden="true" /> way out
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
    <li class="of-labels">
      <span class="guard">[guard]</span> condition
    </li>
    <li class="of-labels">
      <span class="swatch dot" aria-hidden="true" /> label: zoom in
    </li>
  </ul>
)
