const two = (n: number): string => String(n).padStart(2, '0')

/** A time on the clock of the user. */
export function localTime(at: number): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`
}
