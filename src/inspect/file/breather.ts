/** Milliseconds of work between two turns of the event loop. */
const slice = 5

/**
 * For long work: what it gives back is called between two steps of it, and waits for a turn of the event loop whenever a slice of
 * time is used up, so that the rest of the process goes on. `null`: there is time left, and nothing to wait for.
 */
export function breather(): () => Promise<void> | null {
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
