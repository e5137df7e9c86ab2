/**
 * Opens an address without secrets in the default browser: programs get it as an argument, which all users of the machine can read.
 *
 * @param failed called once, now or later, if there is no browser or it says that it can't open it
 */
export async function openBrowser(address: string, failed: () => void): Promise<void> {
  try {
    const { default: open } = await import('open')
    const child = await open(address)
    // Of what can't be started there is no end, and of what is ended by a signal no exit code.
    child.once('error', failed)
    child.once('exit', (code) => {
      if (code) failed()
    })
  } catch {
    failed()
  }
}
