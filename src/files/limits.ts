import { TurnstateError } from '../errors.ts'
import type { FileToRead } from './file-input.ts'
import { isImageType } from './file-types.ts'

/** The API's limit for one image, in decoded bytes. Its own errors count a megabyte as 1,048,576 bytes. */
export const imageLimit = 10 * 1024 * 1024

/** In bytes. The base64 of a file of this size fills the 32 MB of a request by itself. */
export const fileLimit = 24_000_000

const megabytes = (bytes: number, unit: number): string => `${(Math.ceil((bytes / unit) * 10) / 10).toFixed(1)} MB`

/** @throws TurnstateError `file-too-large` */
export function checkFileSize(bytes: number, what: string): void {
  if (bytes <= fileLimit) return
  throw new TurnstateError(
    'file-too-large',
    `${what} has ${megabytes(bytes, 1_000_000)}. The limit is 24 MB, because in base64 that fills the 32 MB of a ` +
      'whole request.',
  )
}

/** @throws TurnstateError `file-too-large` */
export function checkImageSize(bytes: number, what: string): void {
  if (bytes <= imageLimit) return
  throw new TurnstateError(
    'file-too-large',
    `${what} has ${megabytes(bytes, 1024 * 1024)}. The limit for an image is 10 MB.`,
  )
}

/**
 * Checks the size of a file before it is read, by the type that it was given with.
 *
 * @throws TurnstateError `file-too-large`
 */
export function checkGivenSize({ type, what }: FileToRead, bytes: number): void {
  checkFileSize(bytes, what)
  if (type && isImageType(type)) checkImageSize(bytes, what)
}
