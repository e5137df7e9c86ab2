import { TurnstateError } from '../errors.ts'
import type { Block } from '../journal/index.ts'
import { abortable } from './abortable.ts'
import { toBase64 } from './base64.ts'
import { describeFile } from './describe-file.ts'
import { type FileInput, type FileToRead, isBlob, isFileInput } from './file-input.ts'
import { acceptedTypes, givenType, typeOfBytes, unsupported } from './file-types.ts'
import { checkFileSize, checkGivenSize, checkImageSize } from './limits.ts'
import { readBytes, unreadable } from './read-bytes.ts'

/**
 * Checks a file before it is read: its type, and its size if that is known (not for a path).
 *
 * @throws TurnstateError `file-empty`, `file-too-large`, `file-type-unsupported`, `file-unreadable`
 */
export function checkFile(file: FileInput): FileToRead {
  if (!isFileInput(file))
    throw new TurnstateError(
      'file-unreadable',
      'A file must be a Blob, a File, { path, title, type }, or a URL that begins with file:.',
    )
  const { source, label, name, mediaType, title } = describeFile(file)
  const what = label === '' ? 'The file' : `The file "${label}"`
  if (source === '') throw unreadable(what, 'its path is empty')
  if (isBlob(source)) checkSize(source.size, what)
  const type = givenType(mediaType, name)
  // A path without an extension may be a directory. Reading it reports that.
  if (type === undefined && (isBlob(source) || mediaType !== '' || name.includes('.')))
    throw unsupported(what, mediaType, name)
  const checked = { source, what, ...(type ? { type } : {}), ...(title === '' ? {} : { title }) }
  if (isBlob(source)) checkGivenSize(checked, source.size)
  return checked
}

/**
 * Reads a file into a content block.
 *
 * @throws TurnstateError `aborted`, `file-empty`, `file-too-large`, `file-type-unsupported`, `file-unreadable`
 */
export async function readFile(file: FileToRead, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Block> {
  const bytes = await abortable(file.what, signal, () => readBytes(file, signal))
  checkSize(bytes.length, file.what)
  return file.type === 'text/plain' ? textBlock(file, bytes) : mediaBlock(file, bytes)
}

function checkSize(bytes: number, what: string): void {
  if (bytes === 0) throw new TurnstateError('file-empty', `${what} is empty.`)
  checkFileSize(bytes, what)
}

function textBlock({ what, title }: FileToRead, bytes: Uint8Array): Block {
  const text = decodeText(bytes, what)
  if (text.trim() === '') throw new TurnstateError('file-empty', `${what} is empty: it has only white space.`)
  return {
    type: 'document',
    source: { type: 'text', media_type: 'text/plain', data: text },
    ...(title === undefined ? {} : { title }),
  }
}

function decodeText(bytes: Uint8Array, what: string): string {
  const reason = 'it is given as text, but has binary content or an encoding other than UTF-8'
  // A zero byte is valid UTF-8 but not in any text: the file is binary or UTF-16.
  if (bytes.includes(0)) throw unreadable(what, reason)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw unreadable(what, reason, cause)
  }
}

function mediaBlock({ what, type, title }: FileToRead, bytes: Uint8Array): Block {
  const found = typeOfBytes(bytes)
  if (found === undefined)
    throw new TurnstateError(
      'file-type-unsupported',
      `${what} is given as ${type}, but its bytes are neither that nor another type that can be sent. Accepted types: ` +
        `${acceptedTypes}.`,
    )
  if (found !== 'application/pdf') checkImageSize(bytes.length, what)
  const source = { type: 'base64', media_type: found, data: toBase64(bytes) }
  if (found !== 'application/pdf') return { type: 'image', source }
  return { type: 'document', source, ...(title === undefined ? {} : { title }) }
}
