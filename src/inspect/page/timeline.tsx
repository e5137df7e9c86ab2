import { describeRecord } from '../../observe/log-records.ts'
import type { RefusalsAround, Shown } from './session.ts'
import { time } from './format.ts'
import type { Mark } from './marks.ts'

interface Props {
  readonly shown: Shown
  /** `null`: live. */
  readonly moment: number | null
  readonly marks: readonly Mark[]
  /** The nearest refusals. */
  readonly refusals: RefusalsAround
  readonly travel: (moment: number | null) => void
  readonly goToRefusal: (direction: 'before' | 'after') => void
}

/** A slider over the facts of the journal. Its end is live. */
export function Timeline({ shown, moment, marks, refusals, travel, goToRefusal }: Props) {
  const { facts } = shown.log
  const last = facts.length - 1
  const at = moment ?? last
  const fact = facts[at]
  const go = (to: number) => travel(to >= last ? null : Math.max(0, to))
  return (
    <div class="timeline" role="group" aria-label="Time travel">
      <button type="button" aria-label="One fact back" disabled={at <= 0} onClick={() => go(at - 1)}>
        ‹
      </button>
      <button
        type="button"
        aria-label="Previous refusal"
        aria-keyshortcuts="p"
        title="Previous refusal (key p)"
        class="to-refusal"
        disabled={refusals.before === null}
        onClick={() => goToRefusal('before')}
      >
        ‹ ⊘
      </button>
      <div class="slider">
        <input
          type="range"
          min={0}
          max={Math.max(0, last)}
          value={at}
          aria-label="Fact of the journal"
          aria-valuetext={fact ? `fact ${at} of ${last}: ${fact.fact.type}` : 'no facts'}
          onInput={(event) => go(Number(event.currentTarget.value))}
        />
        {marks.map(({ index, kind }) => (
          <span
            key={index}
            class={`fact-mark ${kind}`}
            title={`fact ${index}: ${kind}`}
            style={{ '--at': last === 0 ? 0 : index / last }}
          />
        ))}
      </div>
      <button
        type="button"
        aria-label="Next refusal"
        aria-keyshortcuts="n"
        title="Next refusal (key n)"
        class="to-refusal"
        disabled={refusals.after === null}
        onClick={() => goToRefusal('after')}
      >
        ⊘ ›
      </button>
      <button type="button" aria-label="One fact forward" disabled={moment === null} onClick={() => go(at + 1)}>
        ›
      </button>
      <button
        type="button"
        class="live"
        title="The present (key l)"
        aria-keyshortcuts="l"
        aria-pressed={moment === null}
        onClick={() => travel(null)}
      >
        Live
      </button>
      <span class="where">
        {fact ? `${time(fact.at)}  ${describeRecord(fact).replace(':', ` of ${last}:`)}` : 'no facts'}
      </span>
    </div>
  )
}
