import { useEffect, useMemo, useRef } from 'preact/hooks'
import { plural, short } from './format.ts'
import { decisiveFact } from './marks.ts'
import type { Moment } from './moments.ts'
import { type MoveRow, type Row, rowsOf, type TurnRow } from '../log/turn-rows.ts'

/** Maximum rows: laying out ten thousand would make the browser slow. */
const shownRows = 300

/** The turns with the head. Refused ones are struck through; a reset is a move of the head. */
export function TurnTree({
  moment,
  search,
  travel,
}: {
  readonly moment: Moment
  /** Only rows that contain these words, in small letters; empty for all. */
  readonly search: string
  readonly travel: (index: number) => void
}) {
  const list = useRef<HTMLOListElement>(null)
  const all = useMemo(() => rowsOf(moment.view, moment.facts), [moment.view, moment.facts.length])
  const rows = search === '' ? all : all.filter((row) => wordsOf(row).includes(search))
  // Shows the newest row, which is the last. Not by `scrollIntoView`, from which the next Tab would go on.
  useEffect(() => {
    const panel = list.current?.closest('[role="tabpanel"]')
    if (panel) panel.scrollTop = panel.scrollHeight
  }, [rows.length])
  if (all.length === 0) return <p class="empty">No messages yet.</p>
  if (rows.length === 0) return <p class="empty">No turn matches.</p>
  const shown = rows.slice(-shownRows)
  return (
    <>
      {shown.length < rows.length && (
        <p class="empty">
          Only the last {shown.length} of {plural(rows.length, 'row')} are shown.
        </p>
      )}
      <ol class="turns" aria-label="Turns" ref={list}>
        {shown.map((row) => (
          <li key={row.index} class={classesOf(row)} style={{ '--lane': row.kind === 'turn' ? row.lane : 0 }}>
            <button
              type="button"
              class="to"
              title="Show the conversation as it was then"
              onClick={() => travel(decisive(row, moment))}
            >
              {row.kind === 'turn' ? <TurnLine row={row} /> : <MoveLine row={row} />}
            </button>
          </li>
        ))}
      </ol>
      {moment.view.head === null && (
        <p class="root">The head is at the root: the next message starts with an empty context.</p>
      )}
    </>
  )
}

/** Where a click on a row leads. */
const decisive = (row: Row, { facts }: Moment): number =>
  row.kind === 'move' ? row.index : (decisiveFact(facts, row.turn.id) ?? row.index)

/** What a search looks through. */
const wordsOf = (row: Row): string =>
  (row.kind === 'move'
    ? `${row.cause} reset ${row.policy ?? ''}`
    : `${row.number} ${row.turn.status} ${row.isRefused ? 'refused quarantined' : ''} ${row.turn.refusal?.category ?? ''} ${row.turn.failure?.code ?? ''} ${row.words} ${row.answer} ${row.turn.id}`
  ).toLowerCase()

const classesOf = (row: Row): string =>
  row.kind === 'move'
    ? `move ${row.cause}`
    : ['turn', row.turn.status, row.isWithdrawn ? 'withdrawn' : '', row.isHead ? 'head' : ''].filter(Boolean).join(' ')

function TurnLine({ row }: { readonly row: TurnRow }) {
  const { turn, number, isHead, isWithdrawn, isRefused, isSetAside, words, answer } = row
  const said = `${words}${answer === '' ? '' : ` → ${answer}`}`
  return (
    <>
      <span class="number">{number}</span>
      <span class="status">{isRefused ? 'quarantined' : turn.status}</span>
      {isHead && <span class="mark">head</span>}
      {isWithdrawn && <span class="mark">withdrawn</span>}
      {isSetAside && <span class="mark bad">set aside</span>}
      {turn.kind !== 'user' && <span class="mark">{turn.kind}</span>}
      {turn.refusal && <span class="mark bad">{turn.refusal.category ?? 'no category'}</span>}
      {turn.failure && <span class="mark bad">{turn.failure.code}</span>}
      <span class="said">{isRefused ? <s>{said}</s> : said}</span>
      <span class="id">{short(turn.id)}</span>
    </>
  )
}

const name = (turn: number | null): string => (turn === null ? 'the root' : `turn ${turn}`)

function MoveLine({ row }: { readonly row: MoveRow }) {
  const { cause, policy, from, to, left } = row
  return (
    <>
      <span class="number" aria-hidden="true">
        ↶
      </span>
      <span class="status">{cause === 'switch' ? 'switch' : 'reset'}</span>
      {policy !== null && <span class="mark">{policy}</span>}
      <span class="said">
        head{' '}
        {from === to
          ? `stays at ${name(to)}`
          : `moves from ${name(from)} ${cause === 'switch' ? '' : 'back '}to ${name(to)}`}
        {left.length > 0 && `; left: ${left.map((turn) => `turn ${turn}`).join(', ')}`}
      </span>
    </>
  )
}
