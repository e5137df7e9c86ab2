// Opens the page in a browser. The address must not be among the arguments of a process, where all users of this machine could
// read it. So the browser is given a file that only its owner can read, and that redirects to the address.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Clock, systemClock, unref } from '../../clock.ts'

/** Milliseconds until the file is deleted. A browser that has to start first takes some seconds. */
const fileLasts = 60_000

/**
 * Opens an address of the inspector. Does nothing if there is no browser, or the file can't be written.
 *
 * @returns a function that deletes the file at once
 */
export async function openPage(url: string, clock: Clock = systemClock): Promise<() => void> {
  try {
    return await openFile(url, clock)
  } catch {
    return () => {}
  }
}

async function openFile(url: string, clock: Clock): Promise<() => void> {
  const directory = mkdtempSync(join(tmpdir(), 'turnstate-'))
  const path = join(directory, 'inspector.html')
  const remove = () => {
    clock.clearTimeout(timer)
    rmSync(directory, { recursive: true, force: true })
  }
  const timer = clock.setTimeout(remove, fileLasts)
  unref(timer)
  writeFileSync(path, redirectTo(url), { mode: 0o600 })
  const { default: open } = await import('open')
  const child = await open(pathToFileURL(path).href)
  child.on('error', () => {})
  return remove
}

/** The address needs no escaping: tokens have only letters, digits, "-" and "_". */
const redirectTo = (url: string): string =>
  `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=${url}"><title>turnstate inspector</title><a href="${url}">turnstate inspector</a>\n`
