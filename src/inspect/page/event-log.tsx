import { useMemo, useState } from 'preact/hooks'
import { describeRecord } from '../../observe/log-records.ts'
import type { InspectionRecord } from '../../observe/records.ts'
import { plural, time } from './format.ts'
import type { Moment } from './moments.ts'

/** Kinds of rows, and those that are shown at first. */
const kinds = ['transitions', 'facts', 'requests', 'refusals', 'events', 'actors'] as const

type Kind = (typeof kinds)[number]

const shownAtFirst: readonly Kind[] = ['transitions', 'facts', 'requests', 'refusals']

const shownRows = 400

function kindOf(record: InspectionRecord): Kind {
  switch (record.type) {
    case 'transition':
      // A step in place changes nothing that can be seen.
      return record.from === record.to ? 'events' : 'transitions'
    case 'fact':
      return 'facts'
    case 'request':
    case 'prompt':
      return 'requests'
    case 'refusal':
    case 'rejection':
    case 'lost':
    case 'ended':
    case 'ignored':
      return 'refusals'
    case 'event':
      return 'events'
    case 'observed':
    case 'actor.started':
    case 'actor.stopped':
      return 'actors'
  }
}

/** Everything that was seen, the newest first. A row opens to its record. */
export function EventLog({
  moment,
  lost,
  dropped,
}: {
  readonly moment: Moment
  readonly lost: number
  readonly dropped: number
}) {
  const [chosen, setChosen] = useState<ReadonlySet<Kind>>(new Set(shownAtFirst))
  const [words, setWords] = useState('')
  const [opened, setOpened] = useState<number | null>(null)
  const rows = useMemo(
    () => matching(moment, chosen, words.trim().toLowerCase()),
    [moment.facts.length, moment.others.at(-1), moment.facts.at(-1), chosen, words],
  )
  const toggle = (kind: Kind) => {
    const next = new Set(chosen)
    if (!next.delete(kind)) next.add(kind)
    setChosen(next)
  }
  return (
    <div class="log">
      <div class="filter" role="group" aria-label="Filter">
        <input
          type="search"
          placeholder="Filter"
          aria-label="Words that a row must have"
          value={words}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
        {kinds.map((kind) => (
          <label key={kind}>
            <input type="checkbox" checked={chosen.has(kind)} onChange={() => toggle(kind)} />
            {kind}
          </label>
        ))}
      </div>
      {lost > 0 && (
        <p class="lost" role="status">
          {plural(lost, 'record was', 'records were')} lost: more happened than could be told.
        </p>
      )}
      {dropped > 0 && <p class="empty">{plural(dropped, 'older record')} kept no more.</p>}
      <ol class="rows" aria-label="Records, the newest first">
        {rows.map((record) => (
          <LogRow
            key={record.seq}
            record={record}
            isOpen={opened === record.seq}
            toggle={() => setOpened(opened === record.seq ? null : record.seq)}
          />
        ))}
      </ol>
      {rows.length === shownRows && <p class="empty">The newest {shownRows} of those that fit.</p>}
      {rows.length === 0 && <p class="empty">No record is like that.</p>}
    </div>
  )
}

function LogRow({
  record,
  isOpen,
  toggle,
}: {
  readonly record: InspectionRecord
  readonly isOpen: boolean
  readonly toggle: () => void
}) {
  return (
    <li class={`row ${record.type.replace('.', '-')}`}>
      <button type="button" aria-expanded={isOpen} onClick={toggle}>
        <time>{time(record.at)}</time> <span>{describeRecord(record)}</span>
      </button>
      {isOpen && <pre tabIndex={0}>{JSON.stringify(record, null, 2)}</pre>}
    </li>
  )
}

/** The newest that fit, from both lists, which are in order each. */
function matching({ facts, others }: Moment, chosen: ReadonlySet<Kind>, words: string): readonly InspectionRecord[] {
  const found: InspectionRecord[] = []
  let [fact, other] = [facts.length - 1, others.length - 1]
  while (found.length < shownRows && (fact >= 0 || other >= 0)) {
    const [a, b] = [facts[fact], others[other]]
    const isFact = a !== undefined && (b === undefined || a.seq > b.seq)
    const record = isFact ? a : b
    if (isFact) fact--
    else other--
    if (!record || !chosen.has(kindOf(record))) continue
    if (
      words === '' ||
      JSON.stringify(record).toLowerCase().includes(words) ||
      describeRecord(record).toLowerCase().includes(words)
    )
      found.push(record)
  }
  return found
}
