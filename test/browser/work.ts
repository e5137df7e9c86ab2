// How long a page works, by the browser's own trace: on a busy machine it waits for the processor for longer.
import type { Visitor } from './visitor.ts'

/** Milliseconds that the page's main thread worked for, by the browser's trace, from the click in some steps to the next picture. */
export async function workOf({ page }: Visitor, steps: () => Promise<unknown>): Promise<number> {
  const chromium = page.context().browser()
  if (!chromium) throw new TypeError('The page has no browser.')
  await chromium.startTracing(page, {
    categories: ['disabled-by-default-devtools.timeline', 'devtools.timeline', 'toplevel'],
  })
  await steps()
  const trace = JSON.parse((await chromium.stopTracing()).toString('utf8')) as {
    readonly traceEvents: readonly TraceEvent[]
  }
  const clicks = trace.traceEvents.filter(({ name, args }) => name === 'EventDispatch' && args?.data?.type === 'click')
  const [{ pid, tid, ts: begun } = { pid: 0, tid: 0, ts: 0 }] = clicks
  const painted = trace.traceEvents.find(({ name, ts, pid: of }) => of === pid && ts > begun && name === 'Paint')
  const tasks = trace.traceEvents.filter(
    (event) =>
      event.pid === pid &&
      event.tid === tid &&
      event.name === 'RunTask' &&
      event.ts + (event.dur ?? 0) >= begun &&
      event.ts <= (painted?.ts ?? Number.POSITIVE_INFINITY),
  )
  return tasks.reduce((sum, { tdur = 0 }) => sum + tdur, 0) / 1_000
}

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** Microseconds: when it began, how long it took, and how long the processor worked for it. */
  readonly ts: number
  readonly dur?: number
  readonly tdur?: number
  readonly args?: { readonly data?: { readonly type?: string } }
}
