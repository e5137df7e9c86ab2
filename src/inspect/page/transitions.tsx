import { triggerName, triggerOf } from '../../observe/transition-names.ts'
import type { TransitionRecord } from '../../observe/records.ts'
import { toneOf } from '../chart/path-marks.ts'
import { time } from './format.ts'
import { guardsInWords } from './guards.ts'
import { factOf } from './marks.ts'
import type { Moment } from './moments.ts'
import { stepsOf, type TurnPath } from './turn-path.ts'

/** Maximum rows. */
const shownRows = 100

interface Props {
  readonly moment: Moment
  /** The path of the present turn, whose numbers stand on the chart too. */
  readonly path: TurnPath
  readonly search: string
  readonly travel: (index: number | null) => void
}

/** The last transitions of the conversation, the newest first: from where to where, by which event, and why. */
export function Transitions({ moment, path, search, travel }: Props) {
  const numbers = new Map([
    ...path.passed.map(({ seq, step, number }) => [seq, `${step}.${number}`] as const),
    ...path.steps.map(({ record, number }) => [record.seq, `${number}`] as const),
  ])
  const steps = stepsOf(moment.others, shownRows)
    .filter((record) => matches(record, search))
    .toReversed()
  if (steps.length === 0) return <p class="empty">{search === '' ? 'No transition yet.' : 'No transition matches.'}</p>
  return (
    <ol class="steps" aria-label="Last transitions, newest first">
      {steps.map((record) => (
        <li key={record.seq} class={toneOf(record.to)}>
          <button
            type="button"
            title="Show the conversation as it was then"
            onClick={() => travel(factOf(moment.facts, record))}
          >
            <span class="step-number">{numbers.get(record.seq) ?? ''}</span>
            <span>
              {record.from} → <b>{record.to}</b>
            </span>
            <span class="more">
              <time>{time(record.at)}</time> {triggerName(triggerOf(record.event))}
              {record.guard !== null && `, because ${guardsInWords(record.guard)}`}
            </span>
          </button>
        </li>
      ))}
    </ol>
  )
}

const matches = ({ from, to, event, guard }: TransitionRecord, search: string): boolean =>
  search === '' || `${from} ${to} ${event} ${guard ?? ''}`.toLowerCase().includes(search)
