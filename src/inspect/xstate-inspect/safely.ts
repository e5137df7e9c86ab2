/** Ignores an error: what fails for one conversation must not end the process, or hold up the others. */
export function safely(run: () => void): void {
  try {
    run()
  } catch {}
}
