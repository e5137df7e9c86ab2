import { useEffect, useMemo, useRef } from 'preact/hooks'
import { plural, short } from './format.ts'
import type { Moment } from './moments.ts'
import { type MoveRow, type Row, rowsOf, type TurnRow } from '../log/turn-rows.ts'

/** Rows that are shown at once: a browser has better things to do than to lay out ten thousand. */
const shownRows = 300

/** The turns with their head: what was refused is struck through, a reset is head moving back. */
export function TurnTree({ moment, travel }: { readonly moment: Moment; readonly travel: (index: number) => void }) {
  const list = useRef<HTMLOListElement>(null)
  const rows = useMemo(() => rowsOf(moment.view, moment.facts), [moment.view, moment.facts.length])
  // The newest is at the end.
  useEffect(() => list.current?.lastElementChild?.scrollIntoView({ block: 'nearest' }), [rows.length])
  if (rows.length === 0) return <p class="empty">Nothing was asked yet.</p>
  const shown = rows.slice(-shownRows)
  return (
    <>
      {shown.length < rows.length && (
        <p class="empty">
          The last {shown.length} of {plural(rows.length, 'row')}.
        </p>
      )}
      <ol class="turns" aria-label="Turns" ref={list}>
        {shown.map((row) => (
          <li key={row.index} class={classesOf(row)} style={{ '--lane': row.kind === 'turn' ? row.lane : 0 }}>
            <button
              type="button"
              class="to"
              title="Show the conversation as it was then"
              onClick={() => travel(row.index)}
            >
              {row.kind === 'turn' ? <TurnLine row={row} /> : <MoveLine row={row} />}
            </button>
          </li>
        ))}
      </ol>
      {moment.view.head === null && <p class="root">Head stands at the root: the next message begins anew.</p>}
    </>
  )
}

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
