import { messageOf, TurnstateError } from '../errors.ts'
import { type FileToRead, isBlob } from './file-input.ts'
import { unsupported } from './file-types.ts'
import { checkGivenSize } from './limits.ts'

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'there is no permission to read it',
  EPERM: 'there is no permission to read it',
  EISDIR: 'it is a directory',
  NotFoundError: 'the file is gone',
  NotReadableError: 'it changed, or there is no permission to read it',
}

function reasonOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return messageOf(thrown)
  const known = [
    'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '',
    'name' in thrown && typeof thrown.name === 'string' ? thrown.name : '',
  ].find((word) => Object.hasOwn(reasons, word))
  return (known === undefined ? undefined : reasons[known]) ?? messageOf(thrown)
}

export const unreadable = (what: string, reason: string, cause?: unknown): TurnstateError =>
  new TurnstateError('file-unreadable', `${what} can't be read: ${reason}.`, cause === undefined ? {} : { cause })

async function loadFileSystem(what: string): Promise<typeof import('node:fs/promises')> {
  try {
    // Bundlers for browsers leave this import alone or replace it by an empty module.
    const fileSystem = await import(/* webpackIgnore: true */ 'node:fs/promises')
    if ('stat' in fileSystem) return fileSystem
  } catch (cause) {
    throw unreadable(what, 'there is no file system here; give it as a Blob or File', cause)
  }
  throw unreadable(what, 'there is no file system here; give it as a Blob or File')
}

async function readPath(path: string | URL, file: FileToRead, signal?: AbortSignal): Promise<Uint8Array> {
  const { what } = file
  const fileSystem = await loadFileSystem(what)
  // Checked before it is opened: opening a pipe waits for a writer.
  const stats = await fileSystem.stat(path)
  if (stats.isDirectory()) throw unreadable(what, 'it is a directory')
  if (!stats.isFile()) throw unreadable(what, 'it is not a regular file')
  checkGivenSize(file, stats.size)
  if (file.type === undefined) throw unsupported(what, '', '')
  return fileSystem.readFile(path, signal ? { signal } : {})
}

/** The bytes of a file. A file that is too large is not read. */
export async function readBytes(file: FileToRead, signal?: AbortSignal): Promise<Uint8Array> {
  const { source, what } = file
  try {
    return isBlob(source) ? new Uint8Array(await source.arrayBuffer()) : await readPath(source, file, signal)
  } catch (thrown) {
    throw TurnstateError.is(thrown) ? thrown : unreadable(what, reasonOf(thrown), thrown)
  }
}
