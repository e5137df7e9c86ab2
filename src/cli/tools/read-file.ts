import { constants, realpathSync } from 'node:fs'
import { open, realpath, stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'

/** Maximum bytes of a file that is read for the model. */
export const mostBytes = 64 * 1024

/**
 * Reads a text file under the directory. Links are followed first: their target must be under the directory.
 *
 * @throws Error that says what is wrong, but never whether a file outside exists
 */
export async function readTextFile(path: string, directory: string): Promise<string> {
  const root = await realpath(directory)
  const real = await placeOf(resolve(root, path), root, path)
  // Checked before it is opened, because opening a pipe waits for a writer.
  if (!(await stat(real)).isFile()) throw new Error(`${path} is not a file.`)
  const file = await open(real, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  try {
    const opened = await file.stat()
    const found = await stat(await placeOf(real, root, path))
    // Another file may have replaced it in between.
    if (!opened.isFile() || opened.ino !== found.ino || opened.dev !== found.dev)
      throw new Error(`${path} changed while it was opened.`)
    return await textOf(path, file, opened.size)
  } finally {
    await file.close()
  }
}

/** A path relative to the directory, with links resolved; unresolved if nothing exists there. */
export function placeFrom(directory: string, path: string): string {
  const named = resolve(directory, path)
  try {
    return relative(realpathSync(directory), realpathSync(named))
  } catch {
    return relative(directory, named)
  }
}

async function placeOf(wanted: string, root: string, path: string): Promise<string> {
  // Paths outside are not even looked up: the answer must not reveal whether they exist.
  if (!isUnder(root, wanted)) throw outside(path)
  const real = await realpath(wanted).catch(() => null)
  if (real === null) throw new Error(`There is no file ${path}, or it can't be read.`)
  if (!isUnder(root, real)) throw outside(path)
  return real
}

function isUnder(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

const outside = (path: string) => new Error(`${path} is not under the current directory. Only files there are read.`)

async function textOf(path: string, file: Awaited<ReturnType<typeof open>>, size: number): Promise<string> {
  const tooLarge = new Error(`${path} is larger than ${mostBytes / 1024} kB, and is not read.`)
  if (size > mostBytes) throw tooLarge
  // One byte more than allowed: the file may grow, and some files report no size.
  const { buffer, bytesRead } = await file.read(Buffer.alloc(mostBytes + 1), 0, mostBytes + 1, 0)
  if (bytesRead > mostBytes) throw tooLarge
  const text = buffer.toString('utf8', 0, bytesRead)
  if (text.includes('\0')) throw new Error(`${path} is not a text file.`)
  return text
}
