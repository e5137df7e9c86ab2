/** @jsxImportSource react */
import { Fragment, useEffect, useMemo, useRef } from 'react'
import type { ClientConversation } from '../../client/index.ts'
import { useConversation } from '../../react/index.ts'
import { Icon } from '../icons.tsx'
import { EndNotice } from '../notices/end-notice.tsx'
import { shownOf } from '../story/shown-turns.ts'
import { turnBookOf, useStandings } from '../story/use-story.ts'
import type { Doings } from './doings.ts'
import { Message } from './message.tsx'
import { useRows } from './use-rows.ts'

interface Item {
  readonly id: string
  readonly turnId: string
  readonly role: 'user' | 'assistant'
  readonly status: 'complete' | 'streaming' | 'partial' | 'retracted' | 'failed'
}

/** All that was said, with what the model no longer sees. */
export function Transcript({
  chat,
  doings,
}: {
  readonly chat: ClientConversation
  readonly doings: Omit<Doings, 'goBack'>
}) {
  const items = useConversation({
    conversation: chat,
    select: ({ messages }) => messages,
    // A reply that grows changes nothing here.
    isEqual: sameItems,
  })
  const standings = useStandings(chat)
  const { rows, headAfter } = useMemo(() => shownOf(items, standings), [items, standings])
  const ids = useMemo(() => rows.map(({ id }) => id), [rows])
  const { scroller, list, window: drawn, isAtEnd, toEnd } = useRows(ids)
  const visible = rows.slice(drawn.from, drawn.to)

  const inView = [...new Set(visible.map(({ turnId }) => turnId))]
  const wanted = inView.join(' ')
  useEffect(() => turnBookOf(chat).want(wanted === '' ? [] : wanted.split(' ')), [chat, wanted])

  const known = useRef(rows)
  known.current = rows
  const all = useMemo<Doings>(
    () => ({
      ...doings,
      goBack: (exchanges) => {
        const turns = [...new Set(known.current.filter(({ gone }) => gone === null).map(({ turnId }) => turnId))]
        chat.switchTo(turns.at(-1 - exchanges) ?? null).catch(doings.fail)
      },
    }),
    [chat, doings],
  )

  return (
    <div className="scroller" ref={scroller} tabIndex={0} role="region" aria-label="Messages">
      <div className="column" ref={list}>
        <div style={{ height: drawn.above }} />
        {visible.map((row, index) => (
          <Fragment key={row.id}>
            {headAfter === drawn.from + index && <HeadLine isAtStart={headAfter === 0} />}
            <div className="row" data-row={row.id}>
              <Message chat={chat} row={row} doings={all} />
            </div>
          </Fragment>
        ))}
        <div style={{ height: drawn.below }} />
        <EndNotice chat={chat} doings={all} />
      </div>
      {!isAtEnd && (
        <button type="button" className="to-end" aria-label="To the latest message" onClick={toEnd}>
          <Icon name="down" />
        </button>
      )}
    </div>
  )
}

/** Marks the place that the model goes on from. */
const HeadLine = ({ isAtStart }: { readonly isAtStart: boolean }) => (
  <p className="head-line">
    <span>{isAtStart ? 'The model sees nothing of what follows' : 'The model goes on from here'}</span>
  </p>
)

const sameItems = (one: readonly Item[], other: readonly Item[]): boolean =>
  one.length === other.length &&
  one.every((item, index) => {
    const now = other[index]
    return item === now || (item.id === now?.id && item.status === now.status && item.turnId === now.turnId)
  })
