// A long list that draws what is in view. Where rows change their height above the view, the browser keeps what is read in place
// (`overflow-anchor`); who reads the end stays there while it grows.
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { RowHeights, type Window } from './row-heights.ts'

/** Lists up to this length are drawn whole, so that the browser's own search finds everything. */
const wholeUpTo = 60

/** Pixels from the end that count as the end. */
const nearEnd = 48

export interface Rows {
  readonly scroller: RefObject<HTMLDivElement | null>
  readonly list: RefObject<HTMLDivElement | null>
  readonly window: Window
  readonly isAtEnd: boolean
  readonly toEnd: () => void
}

export function useRows(ids: readonly string[]): Rows {
  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const [heights] = useState(() => new RowHeights())
  const atEnd = useRef(true)
  const [isAtEnd, setIsAtEnd] = useState(true)
  const whole = ids.length <= wholeUpTo
  const all = { from: 0, to: ids.length, above: 0, below: 0 }
  const [shown, setShown] = useState<Window | null>(null)
  const current = useRef(ids)
  current.current = ids

  const look = useCallback(() => {
    const box = scroller.current
    if (!box || current.current.length <= wholeUpTo) return
    // What stands around the rows is a little of the height, too; the margin of the window is more.
    const kept = heights.window(current.current, atEnd.current ? 'end' : box.scrollTop, box.clientHeight)
    setShown((before) => (before && sameWindow(before, kept) ? before : kept))
  }, [heights])

  const toEnd = useCallback(() => {
    atEnd.current = true
    setIsAtEnd(true)
    look()
    const box = scroller.current
    if (box) box.scrollTop = box.scrollHeight
  }, [look])

  useEffect(() => {
    const box = scroller.current
    const inner = list.current
    if (!box || !inner) return
    let frame = 0
    let top = box.scrollTop
    const scrolled = () => {
      // What grows below does not end the reading of the end: only scrolling up does.
      const isNear = box.scrollHeight - box.scrollTop - box.clientHeight < nearEnd
      if (isNear || box.scrollTop < top) atEnd.current = isNear
      top = box.scrollTop
      setIsAtEnd(atEnd.current)
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(look)
    }
    const sizes = new ResizeObserver((entries) => {
      let isOther = false
      for (const { target, borderBoxSize } of entries) {
        const id = target instanceof HTMLElement ? target.dataset['row'] : undefined
        if (id !== undefined && heights.set(id, borderBoxSize[0]?.blockSize ?? 0)) isOther = true
      }
      if (atEnd.current) box.scrollTop = box.scrollHeight
      if (isOther) look()
    })
    const watch = () => {
      sizes.disconnect()
      sizes.observe(inner)
      sizes.observe(box)
      for (const row of inner.querySelectorAll('[data-row]')) sizes.observe(row)
    }
    watch()
    const rows = new MutationObserver(watch)
    rows.observe(inner, { childList: true })
    box.addEventListener('scroll', scrolled, { passive: true })
    return () => {
      cancelAnimationFrame(frame)
      sizes.disconnect()
      rows.disconnect()
      box.removeEventListener('scroll', scrolled)
    }
  }, [heights, look])

  useLayoutEffect(() => {
    look()
    const box = scroller.current
    if (box && atEnd.current) box.scrollTop = box.scrollHeight
  }, [ids, look])

  return { scroller, list, window: whole ? all : (shown ?? lastOf(ids)), isAtEnd, toEnd }
}

const lastOf = (ids: readonly string[]): Window => ({
  from: Math.max(0, ids.length - 20),
  to: ids.length,
  above: 0,
  below: 0,
})

const sameWindow = (one: Window, other: Window): boolean =>
  one.from === other.from && one.to === other.to && one.above === other.above && one.below === other.below
