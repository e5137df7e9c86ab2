/** What can't be shown of one conversation must not end the process, nor keep the others back. */
export function safely(run: () => void): void {
  try {
    run()
  } catch {}
}
