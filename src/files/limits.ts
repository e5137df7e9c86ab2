import { TurnstateError } from '../errors.ts'
import type { FileToRead } from './file-input.ts'
import { isImageType } from './file-types.ts'

/** What the API takes of one image, in decoded bytes. The API's own errors count a megabyte as 1,048,576 bytes. */
const imageLimit = 10 * 1024 * 1024

/** The base64 of more bytes than this fills by itself the 32 MB that a request may have. */
const fileLimit = 24_000_000

const megabytes = (bytes: number, unit: number): string => `${(Math.ceil((bytes / unit) * 10) / 10).toFixed(1)} MB`

/** @throws TurnstateError `file-too-large` */
export function checkFileSize(bytes: number, what: string): void {
  if (bytes <= fileLimit) return
  throw new TurnstateError(
    'file-too-large',
    `${what} has ${megabytes(bytes, 1_000_000)}: a file can have at most 24 MB, because in base64 it then fills the ` +
      '32 MB of a whole request.',
  )
}

/** @throws TurnstateError `file-too-large` */
export function checkImageSize(bytes: number, what: string): void {
  if (bytes <= imageLimit) return
  throw new TurnstateError(
    'file-too-large',
    `${what} has ${megabytes(bytes, 1024 * 1024)}: an image can have at most 10 MB.`,
  )
}

/**
 * By the type that the file was given with, before it is read.
 *
 * @throws TurnstateError `file-too-large`
 */
export function checkGivenSize({ type, what }: FileToRead, bytes: number): void {
  checkFileSize(bytes, what)
  if (type && isImageType(type)) checkImageSize(bytes, what)
}
