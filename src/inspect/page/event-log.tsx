import { useMemo, useState } from 'preact/hooks'
import { describeRecord } from '../../observe/log-records.ts'
import { kindOf, type RecordGroup, recordGroups } from '../../observe/record-kinds.ts'
import type { InspectionRecord } from '../../observe/records.ts'
import { plural, time } from './format.ts'
import { factOf } from './marks.ts'
import type { Moment } from './moments.ts'

/** The groups that are shown at first. */
const shownAtFirst: readonly RecordGroup[] = ['transitions', 'facts', 'requests', 'refusals']

const shownRows = 400

/** All records, the newest first. A click on a row shows its record, and the conversation as it was then. */
export function EventLog({
  moment,
  lost,
  dropped,
  search,
  travel,
}: {
  readonly moment: Moment
  /** The search of the page, in small letters; the filter applies besides. */
  readonly search: string
  readonly travel: (index: number | null) => void
  readonly lost: number
  readonly dropped: number
}) {
  const [chosen, setChosen] = useState<ReadonlySet<RecordGroup>>(new Set(shownAtFirst))
  const [words, setWords] = useState('')
  const [opened, setOpened] = useState<number | null>(null)
  const rows = useMemo(
    () => matching(moment, chosen, [words.trim().toLowerCase(), search]),
    [moment.facts.length, moment.others.at(-1), moment.facts.at(-1), chosen, words, search],
  )
  const toggle = (kind: RecordGroup) => {
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
          aria-label="Show only rows that contain"
          value={words}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
        {recordGroups.map((kind) => (
          <label key={kind}>
            <input type="checkbox" checked={chosen.has(kind)} onChange={() => toggle(kind)} />
            {kind}
          </label>
        ))}
      </div>
      {lost > 0 && (
        <p class="lost" role="status">
          {plural(lost, 'record was', 'records were')} lost: there were too many.
        </p>
      )}
      {dropped > 0 && <p class="empty">{plural(dropped, 'older record was', 'older records were')} dropped.</p>}
      <ol class="rows" aria-label="Records, newest first">
        {rows.map((record) => (
          <LogRow
            key={record.seq}
            record={record}
            isOpen={opened === record.seq}
            toggle={() => {
              setOpened(opened === record.seq ? null : record.seq)
              if (opened !== record.seq) travel(factOf(moment.facts, record))
            }}
          />
        ))}
      </ol>
      {rows.length === shownRows && <p class="empty">Only the newest {shownRows} matches are shown.</p>}
      {rows.length === 0 && <p class="empty">No record matches.</p>}
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
    <li class={`row ${record.type.replace('.', '-')} ${kindOf(record).group(record) ?? ''}`}>
      <button type="button" aria-expanded={isOpen} onClick={toggle}>
        <time>{time(record.at)}</time> <span>{describeRecord(record)}</span>
      </button>
      {isOpen && <pre tabIndex={0}>{JSON.stringify(record, null, 2)}</pre>}
    </li>
  )
}

function isIn(groups: ReadonlySet<RecordGroup>, record: InspectionRecord): boolean {
  const group = kindOf(record).group(record)
  return group !== null && groups.has(group)
}

const contains = (record: InspectionRecord, word: string): boolean =>
  word === '' ||
  JSON.stringify(record).toLowerCase().includes(word) ||
  describeRecord(record).toLowerCase().includes(word)

/** The newest records that match, from both lists, each of which is in order. */
function matching(
  { facts, others }: Moment,
  chosen: ReadonlySet<RecordGroup>,
  words: readonly string[],
): readonly InspectionRecord[] {
  const found: InspectionRecord[] = []
  let [fact, other] = [facts.length - 1, others.length - 1]
  while (found.length < shownRows && (fact >= 0 || other >= 0)) {
    const [a, b] = [facts[fact], others[other]]
    const isFact = a !== undefined && (b === undefined || a.seq > b.seq)
    const record = isFact ? a : b
    if (isFact) fact--
    else other--
    if (!record || !isIn(chosen, record)) continue
    if (words.every((word) => contains(record, word))) found.push(record)
  }
  return found
}
