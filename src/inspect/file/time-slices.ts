/** Milliseconds of work between two turns of the event loop. */
const slice = 5

/**
 * Divides long work into slices of 5 ms, so that the process stays responsive. Call the result between two steps of the work and
 * await what it returns: `null` while time is left, else a promise for the next turn of the event loop.
 */
export function timeSlices(): () => Promise<void> | null {
  let end = performance.now() + slice
  return () => {
    if (performance.now() < end) return null
    return new Promise((resolve) => {
      setImmediate(() => {
        end = performance.now() + slice
        resolve()
      })
    })
  }
}
