// How long the event loop of this process is blocked, and how much of that its thread waits for a core: other threads had both.
import { closeSync, openSync, readSync } from 'node:fs'

/** Milliseconds between two looks, as `monitorEventLoopDelay` takes them at its finest. */
const interval = 1

/** What was seen. Milliseconds. */
export interface Delays {
  /** The longest delay. */
  readonly longest: number
  /** The longest delay without the time in which the thread waited for a core. Where the system does not tell, the longest one. */
  readonly ownLongest: number
  /** The 99th percentile of all delays. */
  readonly usual: number
}

/** Begins to measure. Returns a function that ends it. */
export function measureDelays(): () => Delays {
  const core = waitForCore()
  const delays: number[] = []
  let ownLongest = 0
  let last = performance.now()
  let lastWaited = core.waited()
  const timer = setInterval(() => {
    const now = performance.now()
    const waited = core.waited()
    const delay = Math.max(0, now - last - interval)
    delays.push(delay)
    ownLongest = Math.max(ownLongest, delay - (waited - lastWaited))
    last = now
    lastWaited = waited
  }, interval)
  return () => {
    clearInterval(timer)
    core.close()
    const sorted = delays.toSorted((one, other) => one - other)
    return { longest: sorted.at(-1) ?? 0, ownLongest, usual: sorted[Math.floor(sorted.length * 0.99)] ?? 0 }
  }
}

/** The time for which the main thread was ready to run and had no core, so far. Milliseconds; 0 where the system does not tell. */
function waitForCore(): { waited(): number; close(): void } {
  const file = scheduling()
  if (file === null) return { waited: () => 0, close: () => {} }
  const buffer = Buffer.alloc(100)
  return {
    waited: () => {
      const length = readSync(file, buffer, 0, buffer.length, 0)
      return Number(buffer.toString('latin1', 0, length).split(' ')[1]) / 1e6
    },
    close: () => closeSync(file),
  }
}

function scheduling(): number | null {
  try {
    return openSync(`/proc/self/task/${process.pid}/schedstat`, 'r')
  } catch {
    return null
  }
}
