// The visible part of the chart: all of it at first; wheel, pointer and keys change it.
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Drawing } from '../chart/layout.ts'

export interface Size {
  readonly width: number
  readonly height: number
}

export interface ViewBox {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Fits a drawing into a window, enlarged at most twice. */
export function fitted({ width, height }: Drawing, window: Size): ViewBox {
  const scale = Math.min(window.width / width, window.height / height, 2)
  const [wide, high] = [window.width / scale, window.height / scale]
  return { x: (width - wide) / 2, y: (height - high) / 2, width: wide, height: high }
}

/** Zooms around a fixed point, by default the centre. */
export function zoomed(box: ViewBox, by: number, at = { x: 0.5, y: 0.5 }): ViewBox {
  const factor = Math.min(Math.max(by, 60 / box.width), 20_000 / box.width)
  const [width, height] = [box.width * factor, box.height * factor]
  return { x: box.x + (box.width - width) * at.x, y: box.y + (box.height - height) * at.y, width, height }
}

export const panned = (box: ViewBox, dx: number, dy: number): ViewBox => ({ ...box, x: box.x + dx, y: box.y + dy })

/** Where a window begins that shows a point in its middle, but nothing beyond the whole. */
const start = (middle: number, room: number, all: number): number =>
  room >= all ? (all - room) / 2 : Math.min(Math.max(middle - room / 2, 0), all - room)

const contains = (box: ViewBox, inner: ViewBox): boolean =>
  inner.x >= box.x &&
  inner.y >= box.y &&
  inner.x + inner.width <= box.x + box.width &&
  inner.y + inner.height <= box.y + box.height

/**
 * What is seen of a drawing before anybody moved it: all of it or, where that would be smaller than `least`, the active state and
 * what is around it, in full size. Then it moves only when the active state leaves the window.
 */
function ownView(
  drawing: Drawing,
  window: Size,
  active: ReadonlySet<string>,
  least: number,
  before: ViewBox | null,
): ViewBox {
  const whole = fitted(drawing, window)
  const at = drawing.states.findLast(({ id, depth }) => depth > 0 && active.has(id))
  if (window.width / whole.width >= least || !at) return whole
  if (before && contains(before, at)) return before
  const { width, height } = window
  return {
    x: start(at.x + at.width / 2, width, drawing.width),
    y: start(at.y + at.height / 2, height, drawing.height),
    width,
    height,
  }
}

interface Seen {
  readonly drawing: Drawing
  readonly size: Size
  readonly box: ViewBox
}

/**
 * The visible part of a drawing, and how to change it. Once it was changed, it stays until there is another drawing.
 *
 * @param least The smallest scale in which all of the drawing is shown at first.
 */
export function usePanZoom(
  place: { readonly current: HTMLElement | null },
  drawing: Drawing | null,
  size: Size,
  active: ReadonlySet<string>,
  least: number,
): readonly [ViewBox | null, (box: ViewBox) => void] {
  const [seen, setSeen] = useState<Seen | null>(null)
  const own = useRef<Seen | null>(null)
  const isOf = (one: Seen | null): one is Seen => one?.drawing === drawing && one.size === size
  let box: ViewBox | null = null
  if (drawing && size.width > 0) {
    if (isOf(seen)) box = seen.box
    else {
      box = ownView(drawing, size, active, least, isOf(own.current) ? own.current.box : null)
      own.current = { drawing, size, box }
    }
  }
  // Several events may come before the next picture: each begins where the last one ended.
  const latest = useRef(box)
  latest.current = box
  const setBox = (next: ViewBox) => {
    latest.current = next
    if (drawing) setSeen({ drawing, size, box: next })
  }

  // With the picture, not after it: an event in between would begin from the picture before.
  useLayoutEffect(() => {
    const element = place.current
    if (!element || !box) return undefined
    const onWheel = (event: WheelEvent) => {
      event.preventDefault()
      const { left, top, width, height } = element.getBoundingClientRect()
      const at = { x: (event.clientX - left) / width, y: (event.clientY - top) / height }
      if (latest.current) setBox(zoomed(latest.current, Math.exp(event.deltaY / 500), at))
    }
    const onPointerMove = (event: PointerEvent) => {
      const from = latest.current
      if (event.buttons !== 1 || !from) return
      setBox(panned(from, (-event.movementX * from.width) / size.width, (-event.movementY * from.height) / size.height))
    }
    element.addEventListener('wheel', onWheel, { passive: false })
    element.addEventListener('pointermove', onPointerMove)
    return () => {
      element.removeEventListener('wheel', onWheel)
      element.removeEventListener('pointermove', onPointerMove)
    }
  })
  return [box, setBox]
}
