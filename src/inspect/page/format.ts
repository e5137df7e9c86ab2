// Formats numbers and times for people.
export const bytes = (count: number): string =>
  count < 1_000
    ? `${count} B`
    : count < 1_000_000
      ? `${(count / 1_000).toFixed(1)} kB`
      : `${(count / 1_000_000).toFixed(1)} MB`

export const number = (count: number): string => count.toLocaleString('en')

const two = (value: number, digits = 2) => `${value}`.padStart(digits, '0')

/** The time of day, to the minute. */
export function clock(at: number): string {
  const date = new Date(at)
  return `${two(date.getHours())}:${two(date.getMinutes())}`
}

/** The time of day, to the millisecond. */
export function time(at: number): string {
  const date = new Date(at)
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${two(date.getMilliseconds(), 3)}`
}

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : many}`

/** Whether an id was written for people, and not made up: it has several words. */
export const isWritten = (id: string): boolean => id.includes(' ')

/** The beginning of a long id, which is enough to distinguish it. */
export const short = (id: string): string => (id.length > 12 ? `${id.slice(0, 8)}…` : id)

/** A time span in the unit that people would use: `12 s`, `3 min`, `2 h`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1_000))
  if (seconds < 100) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 100 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}
