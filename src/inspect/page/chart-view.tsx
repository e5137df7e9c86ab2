import { useEffect, useRef, useState } from 'preact/hooks'
import { messageOf } from '../../errors.ts'
import type { ChartDefinition } from '../chart/definition.ts'
import type { Drawing } from '../chart/layout.ts'
import { type ChartKind, hasStory } from '../chart/story.ts'
import { activeStates, chartElements } from '../chart/svg.ts'
import { Legend } from './legend.tsx'
import { drawingOf } from './layouts.ts'
import { fitted, panned, type Size, usePanZoom, type ViewBox, zoomed } from './pan-zoom.ts'
import { isFlag, useRemembered } from './remembered.ts'
import { toVirtual } from './svg-element.tsx'
import type { TurnPath } from './turn-path.ts'

interface Props {
  readonly chart: ChartDefinition
  readonly state: string
  /** The path of the present turn. */
  readonly path: TurnPath
}

/** The smallest scales in which charts are shown as a whole at first. In the story, labels are not left out. */
const leastScale: Readonly<Record<ChartKind, number>> = { story: 1, whole: 0.45, narrow: 0 }

/** In a narrower place, the story is drawn without labels: they would be too small to read. */
const leastForLabels = 560

/**
 * The chart with the active state highlighted and the path of the turn drawn over it. It shows the states that tell the story;
 * the whole machine on demand. A click on a state shows the states inside of it, where there is room for them.
 */
export function ChartView({ chart, state, path }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const size = useSize(place)
  const pressed = useRef({ x: 0, y: 0 })
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [isWhole, setWhole] = useRemembered('whole chart', false, isFlag)
  const isNarrow = size.width > 0 && size.width < leastForLabels
  const kind: ChartKind = isWhole || !hasStory(chart) ? 'whole' : isNarrow ? 'narrow' : 'story'
  const { drawing, failure } = useDrawing(chart, kind)
  const active = activeStates(state)
  const [box, setBox] = usePanZoom(place, drawing, size, active, leastScale[kind])

  const toggle = (target: EventTarget | null) => {
    const id = target instanceof Element ? target.closest('[data-fold]')?.getAttribute('data-state') : null
    if (!id) return
    const next = new Set(chosen)
    if (!next.delete(id)) next.add(id)
    setChosen(next)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' || event.key === ' ') toggle(event.target)
    else if (!box || !drawing || !moveByKey(event, box, setBox, drawing, size)) return
    event.preventDefault()
  }

  const pixels = box ? size.width / box.width : 1
  const elements = drawing
    ? chartElements(drawing, { active, path: path.steps, passed: path.passed, revealed: chosen, pixels })
    : []
  return (
    <>
      <div class="chart" ref={place} data-active={state} data-kind={kind}>
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
      </div>
      <div class="chart-foot">
        <div class="zoom" role="group" aria-label="Chart">
          <button type="button" aria-label="Zoom in" onClick={() => box && setBox(zoomed(box, 0.8))}>
            +
          </button>
          <button type="button" aria-label="Zoom out" onClick={() => box && setBox(zoomed(box, 1.25))}>
            −
          </button>
          <button type="button" onClick={() => drawing && setBox(fitted(drawing, size))}>
            Fit
          </button>
          {hasStory(chart) && (
            <button type="button" aria-pressed={isWhole} onClick={() => setWhole(!isWhole)}>
              Whole machine
            </button>
          )}
        </div>
        <Legend />
      </div>
    </>
  )
}

interface Drawn {
  readonly drawing: Drawing | null
  readonly failure: string | null
}

/** The drawing of a chart. While one is laid out, the one before it stays. */
function useDrawing(chart: ChartDefinition, kind: ChartKind): Drawn {
  const [late, setLate] = useState<Drawn>({ drawing: null, failure: null })
  const asked = drawingOf(chart, kind)
  useEffect(() => {
    if (!(asked instanceof Promise)) {
      setLate({ drawing: asked, failure: null })
      return undefined
    }
    let isWanted = true
    asked.then(
      (drawing) => isWanted && setLate({ drawing, failure: null }),
      (cause: unknown) =>
        isWanted &&
        setLate(({ drawing }) => ({ drawing, failure: `The chart could not be laid out: ${messageOf(cause)}` })),
    )
    return () => {
      isWanted = false
    }
  }, [asked])
  return asked instanceof Promise ? late : { drawing: asked, failure: null }
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
