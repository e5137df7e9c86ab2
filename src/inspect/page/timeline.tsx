import { describeRecord } from '../../observe/log-records.ts'
import type { Shown } from './session.ts'
import { time } from './format.ts'
import { marksOf, nearestRefusal } from './marks.ts'
import { useMemo } from 'preact/hooks'

interface Props {
  readonly shown: Shown
  /** `null`: live. */
  readonly moment: number | null
  readonly travel: (moment: number | null) => void
}

/** A slider over the facts of the journal. Its end is live. */
export function Timeline({ shown, moment, travel }: Props) {
  const { facts } = shown.log
  const last = facts.length - 1
  const at = moment ?? last
  const fact = facts[at]
  const marks = useMemo(() => marksOf(facts), [facts, facts.length])
  const before = nearestRefusal(marks, at, 'before')
  const after = nearestRefusal(marks, at, 'after')
  const go = (to: number) => travel(to >= last ? null : Math.max(0, to))
  return (
    <div class="timeline" role="group" aria-label="Time travel">
      <button type="button" aria-label="One fact back" disabled={at <= 0} onClick={() => go(at - 1)}>
        ‹
      </button>
      <button
        type="button"
        aria-label="Previous refusal"
        title="Previous refusal"
        class="to-refusal"
        disabled={before === null}
        onClick={() => before !== null && go(before)}
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
        title="Next refusal"
        class="to-refusal"
        disabled={after === null}
        onClick={() => after !== null && go(after)}
      >
        ⊘ ›
      </button>
      <button type="button" aria-label="One fact forward" disabled={moment === null} onClick={() => go(at + 1)}>
        ›
      </button>
      <button type="button" class="live" aria-pressed={moment === null} onClick={() => travel(null)}>
        Live
      </button>
      <span class="where">
        {fact ? `${time(fact.at)}  ${describeRecord(fact).replace(':', ` of ${last}:`)}` : 'no facts'}
      </span>
    </div>
  )
}
