import { messageOf, TurnstateError, type TurnstateErrorCode } from '../errors.ts'
import type { Block } from '../journal/index.ts'
import { decodedSize, firstBytes, isBase64 } from './base64.ts'
import { acceptedTypes, imageTypes, isImageType, typeOfBytes } from './file-types.ts'
import { checkFileSize, checkImageSize } from './limits.ts'
import { type Fields, isObject } from '../objects.ts'

/**
 * Checks an image or document block that the app made itself, like a file: by its bytes if the block holds them. The content of a
 * URL or a file id is unknown here.
 *
 * @throws TurnstateError `file-type-unsupported`, `file-too-large`, `file-empty`, `file-unreadable`
 */
export function checkMediaBlock(block: Block, index: number, what = `Block ${index} of the message`): void {
  const { type, source } = block
  if ((type !== 'image' && type !== 'document') || !isObject(source)) return
  if (source['type'] === 'base64') checkBase64(type, source, what)
  if (source['type'] === 'url') checkUrl(source['url'], what)
  if (source['type'] === 'text' && typeof source['data'] === 'string' && source['data'].trim() === '') throw empty(what)
  // A document may consist of blocks: texts and images.
  if (source['type'] === 'content' && Array.isArray(source['content']))
    for (const inner of source['content'])
      if (isObject(inner)) checkMediaBlock({ ...inner, type: String(inner['type']) }, index, what)
}

function checkBase64(kind: 'image' | 'document', { media_type: mediaType, data }: Fields, what: string): void {
  checkMediaType(kind, mediaType, what)
  if (typeof data !== 'string' || data === '') throw empty(what)
  if (/^\s*data:/i.test(data))
    throw wrong('file-unreadable', what, 'begins with "data:". Give only the part after the comma as its data')
  if (!isBase64(data))
    throw wrong(
      'file-unreadable',
      what,
      'is not base64. Encode its bytes with Buffer.from(bytes).toString("base64"), or give it in `files`',
    )
  const size = decodedSize(data)
  if (kind === 'image') checkImageSize(size, what)
  else checkFileSize(size, what)
  const found = typeOfBytes(firstBytes(data))
  if (found === mediaType) return
  throw wrong(
    'file-type-unsupported',
    what,
    found === undefined
      ? `is given as ${String(mediaType)}, but its bytes are neither that nor another type that can be sent. Accepted types: ${acceptedTypes}`
      : `is given as ${String(mediaType)}, but its bytes are ${found}. The API accepts it only under its actual type`,
  )
}

/** Repairs an image or document of a seeded history: by its bytes if they show the type, else it is not sent. */
export function mendedMedia(block: Block): { readonly block: Block | null; readonly why: string } | null {
  const why = objectionTo(block)
  if (why === null) return null
  const { source } = block
  const data = isObject(source) && source['type'] === 'base64' ? source['data'] : undefined
  const found = typeof data === 'string' && isBase64(data) ? typeOfBytes(firstBytes(data)) : undefined
  if (!isObject(source) || found === undefined) return { block: null, why }
  // An image in a document block becomes an image block, and the other way round.
  const mended = { ...block, type: isImageType(found) ? 'image' : 'document', source: { ...source, media_type: found } }
  return objectionTo(mended) === null ? { block: mended, why: `${why} It is sent as ${found}` } : { block: null, why }
}

function objectionTo(block: Block): string | null {
  try {
    checkMediaBlock(block, 0, 'An image or file')
    return null
  } catch (error) {
    return messageOf(error)
  }
}

/** Checks an address that the API fetches. */
function checkUrl(url: unknown, what: string): void {
  if (typeof url !== 'string' || url.trim() === '') throw empty(what)
  if (/^\s*data:/i.test(url))
    throw wrong(
      'file-unreadable',
      what,
      'has a data: address. Give it as { type: "base64", media_type, data }, with the part after the comma as data',
    )
  if (!/^https?:\/\//i.test(url))
    throw wrong(
      'file-unreadable',
      what,
      `has an address that the API can't fetch: it begins with "${url.slice(0, 20)}". Give an https address, or the file itself in \`files\``,
    )
}

function checkMediaType(kind: 'image' | 'document', mediaType: unknown, what: string): void {
  const isTaken =
    kind === 'image' ? typeof mediaType === 'string' && isImageType(mediaType) : mediaType === 'application/pdf'
  if (isTaken) return
  throw new TurnstateError(
    'file-type-unsupported',
    `${what} is ${kind === 'image' ? 'an image' : 'a document'} in base64 of ` +
      `${typeof mediaType === 'string' ? `the type "${mediaType}"` : 'no type'}. Accepted ` +
      (kind === 'image' ? `types: ${imageTypes.join(', ')}.` : 'type: application/pdf.'),
  )
}

const wrong = (code: TurnstateErrorCode, what: string, reason: string): TurnstateError =>
  new TurnstateError(code, `${what} ${reason}.`)

const empty = (what: string): TurnstateError => wrong('file-empty', what, 'is empty: it has no content')
