// The deltas of replies that come at a steady pace: each says when it was written, and all are of one length.

/** Milliseconds between two deltas of a reply. */
export const pace = 20

const words = 'word by word at '
const digits = 15
const length = words.length + digits

/** Milliseconds; the same clock for all processes of a machine. */
const now = (): number => performance.timeOrigin + performance.now()

export const pacedDelta = (): string => words + now().toFixed(1).padStart(digits)

/** Of each delta in a text: when it was written, and now. */
export function timesIn(text: string): readonly (readonly [written: number, now: number])[] {
  const heard = now()
  return Array.from({ length: text.length / length }, (_, nth) => [
    Number(text.slice(nth * length + words.length, (nth + 1) * length)),
    heard,
  ])
}
