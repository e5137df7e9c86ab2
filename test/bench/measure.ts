/** Microseconds of CPU, user and system, of this whole process: garbage collection and compilation included. */
export function cpu(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Everything that nobody holds any more. */
export function collectGarbage(): void {
  gcOrThrow()()
}

/** What was left behind just now. A full collection would also drop object shapes, and compiled code with them. */
export function collectRecent(): void {
  gcOrThrow()({ type: 'minor' })
}

function gcOrThrow(): NonNullable<typeof gc> {
  if (!globalThis.gc) throw new Error('The bench needs --expose-gc: run it with "npm run bench".')
  return globalThis.gc
}

/** The value below which such a part of the values is, between two of them where it falls there. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * part
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
  return low + (high - low) * (place - Math.floor(place))
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** What was measured several times. */
export interface Figure {
  readonly median: number
  /** The quartiles, where it was measured often enough to have some. */
  readonly low?: number
  readonly high?: number
}

export const figureOf = (values: readonly number[]): Figure => ({
  median: median(values),
  ...(values.length > 2 ? { low: quantile(values, 0.25), high: quantile(values, 0.75) } : {}),
})
