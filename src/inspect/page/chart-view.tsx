import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { messageOf } from '../../errors.ts'
import type { ChartDefinition } from '../chart/definition.ts'
import { isComposite } from '../chart/graph.ts'
import type { Drawing } from '../chart/layout.ts'
import { activeStates, chartElements } from '../chart/svg.ts'
import { drawingOf } from './layouts.ts'
import { fitted, panned, type Size, usePanZoom, type ViewBox, zoomed } from './pan-zoom.ts'
import { toVirtual } from './svg-element.tsx'

interface Props {
  readonly chart: ChartDefinition
  readonly state: string
  /** Ids of the latest transitions. */
  readonly taken: readonly string[]
  /** Whether more transitions are being played: states stay open until that is over. */
  readonly isPlaying: boolean
}

/** The chart with the active state highlighted. The top-level state around it is open; others open on click. */
export function ChartView({ chart, state, taken, isPlaying }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const size = useSize(place)
  const toFocus = useRef<string | null>(null)
  const pressed = useRef({ x: 0, y: 0 })
  const [chosen, setChosen] = useState<ReadonlyMap<string, 'open' | 'folded'>>(new Map())
  const resting = useLastResting(state, isPlaying)
  const open = useMemo(() => openStates(chart, resting, chosen), [chart, resting, chosen])
  const { drawing, failure } = useDrawing(chart, open, size)
  const [box, setBox] = usePanZoom(place, drawing, size)

  const toggle = (target: EventTarget | null) => {
    const id = target instanceof Element ? target.closest('[data-state]')?.getAttribute('data-state') : null
    const found = chart.states.find((candidate) => candidate.id === id)
    if (!found || !isComposite(found)) return
    setChosen(new Map([...chosen, [found.id, open.has(found.id) ? 'folded' : 'open']]))
    toFocus.current = found.id
  }
  // The drawing was replaced: restores the keyboard focus.
  useEffect(() => {
    if (toFocus.current === null) return
    place.current?.querySelector<SVGElement>(`[data-state="${toFocus.current}"]`)?.focus()
    toFocus.current = null
  }, [drawing])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' || event.key === ' ') toggle(event.target)
    else if (box && drawing && !moveByKey(event, box, setBox, drawing, size)) return
    else if (!box) return
    event.preventDefault()
  }

  const elements = drawing ? chartElements(drawing, { active: activeStates(state), taken: new Set(taken) }) : []
  return (
    <div class="chart" ref={place} data-active={state}>
      {drawing && box ? (
        <svg
          viewBox={`${box.x} ${box.y} ${box.width} ${box.height}`}
          onPointerDown={(event) => {
            pressed.current = { x: event.clientX, y: event.clientY }
          }}
          onClick={(event) => {
            // The end of a drag is not a click.
            const { x, y } = pressed.current
            if (Math.hypot(event.clientX - x, event.clientY - y) < 5) toggle(event.target)
          }}
          onKeyDown={onKeyDown}
          tabIndex={0}
          role="group"
          aria-label={`Chart of the machine ${chart.id}, in state ${state}. Arrow keys pan, plus and minus zoom, 0 fits it to the window.`}
        >
          {elements.map(toVirtual)}
        </svg>
      ) : (
        <p class="wait">{failure ?? 'Laying out the chart…'}</p>
      )}
      <div class="zoom" role="group" aria-label="Zoom">
        <button type="button" aria-label="Zoom in" onClick={() => box && setBox(zoomed(box, 0.8))}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => box && setBox(zoomed(box, 1.25))}>
          −
        </button>
        <button type="button" onClick={() => drawing && setBox(fitted(drawing, size))}>
          Fit
        </button>
      </div>
    </div>
  )
}

/** The open states: the top-level state around the active one, as changed by clicks. */
function openStates(
  chart: ChartDefinition,
  state: string,
  chosen: ReadonlyMap<string, 'open' | 'folded'>,
): ReadonlySet<string> {
  const open = new Set<string>()
  for (const id of activeStates(state)) {
    const found = chart.states.find((candidate) => candidate.id === id)
    if (found && isComposite(found) && found.parent === '') open.add(id)
  }
  for (const [id, choice] of chosen) {
    if (choice === 'open') open.add(id)
    else open.delete(id)
  }
  return open
}

function useLastResting(state: string, isPlaying: boolean): string {
  const last = useRef(state)
  if (!isPlaying) last.current = state
  return last.current
}

interface Drawn {
  readonly drawing: Drawing | null
  readonly failure: string | null
}

function useDrawing(chart: ChartDefinition, open: ReadonlySet<string>, size: Size): Drawn {
  const [drawn, setDrawn] = useState<Drawn>({ drawing: null, failure: null })
  const key = [...open].toSorted().join(' ')
  useEffect(() => {
    if (size.width === 0) return undefined
    let isWanted = true
    drawingOf(chart, open, size).then(
      (drawing) => isWanted && setDrawn({ drawing, failure: null }),
      (cause: unknown) =>
        isWanted &&
        setDrawn(({ drawing }) => ({ drawing, failure: `The chart could not be laid out: ${messageOf(cause)}` })),
    )
    return () => {
      isWanted = false
    }
  }, [chart, key, size.width, size.height])
  return drawn
}

function useSize(place: { readonly current: HTMLElement | null }): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 })
  useEffect(() => {
    if (!place.current) return undefined
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: Math.floor(entry.contentRect.width), height: Math.floor(entry.contentRect.height) })
    })
    observer.observe(place.current)
    return () => observer.disconnect()
  }, [])
  return size
}

/** Handles keys that pan or zoom. Returns whether the key was one of them. */
function moveByKey(
  { key }: KeyboardEvent,
  box: ViewBox,
  setBox: (box: ViewBox) => void,
  drawing: Drawing,
  size: Size,
): boolean {
  const far = box.width / 10
  switch (key) {
    case '+':
    case '=':
      setBox(zoomed(box, 0.8))
      return true
    case '-':
      setBox(zoomed(box, 1.25))
      return true
    case '0':
      setBox(fitted(drawing, size))
      return true
    case 'ArrowLeft':
      setBox(panned(box, -far, 0))
      return true
    case 'ArrowRight':
      setBox(panned(box, far, 0))
      return true
    case 'ArrowUp':
      setBox(panned(box, 0, -far))
      return true
    case 'ArrowDown':
      setBox(panned(box, 0, far))
      return true
    default:
      return false
  }
}
