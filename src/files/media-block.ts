import { TurnstateError } from '../errors.ts'
import type { Block } from '../journal/index.ts'
import { decodedSize } from './base64.ts'
import { imageTypes, isImageType } from './file-types.ts'
import { checkFileSize, checkImageSize } from './limits.ts'

/**
 * Checks an image or document block that the app made itself. Only base64 is looked at: what a URL or a file id
 * stands for is not known here.
 *
 * @throws TurnstateError `file-type-unsupported`, `file-too-large`
 */
export function checkMediaBlock(block: Block, index: number): void {
  const { type, source } = block
  if (type !== 'image' && type !== 'document') return
  if (typeof source !== 'object' || source === null || !('type' in source) || source.type !== 'base64') return
  const what = `Block ${index} of the message`
  checkMediaType(type, 'media_type' in source ? source.media_type : undefined, what)
  if (!('data' in source) || typeof source.data !== 'string') return
  const size = decodedSize(source.data)
  if (type === 'image') checkImageSize(size, what)
  else checkFileSize(size, what)
}

function checkMediaType(kind: 'image' | 'document', mediaType: unknown, what: string): void {
  const isTaken =
    kind === 'image' ? typeof mediaType === 'string' && isImageType(mediaType) : mediaType === 'application/pdf'
  if (isTaken) return
  throw new TurnstateError(
    'file-type-unsupported',
    `${what} is ${kind === 'image' ? 'an image' : 'a document'} in base64 of ` +
      `${typeof mediaType === 'string' ? `the type "${mediaType}"` : 'no type'}; taken ` +
      (kind === 'image' ? `are ${imageTypes.join(', ')}.` : 'is application/pdf.'),
  )
}
