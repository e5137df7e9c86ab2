import type { IntervalHistogram } from 'node:perf_hooks'

/** Reads how long the event loop was held up, in seconds, on the mean since the last reading. */
export interface EventLoopDelay {
  readonly read: () => number
  readonly end: () => void
}

/** `null` where the runtime does not measure it: only Node does. */
export function eventLoopDelay(): EventLoopDelay | null {
  const hooks = globalThis.process?.getBuiltinModule?.('node:perf_hooks')
  if (!hooks) return null
  const histogram: IntervalHistogram = hooks.monitorEventLoopDelay({ resolution: 20 })
  histogram.enable()
  return {
    read: () => {
      const { mean } = histogram
      histogram.reset()
      return Number.isNaN(mean) ? 0 : mean / 1e9
    },
    end: () => void histogram.disable(),
  }
}
