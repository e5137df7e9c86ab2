import type { ApiFailure } from '../api/api-errors.ts'
import { isObject, isText, type JsonObject } from '../api/json.ts'
import { blocksOfMessages } from './placed-blocks.ts'
import type { ModelRequest } from './rule.ts'

const maxBytes = 10 * 1024 * 1024
const maxSide = 8000
/** With more images than this, each may have at most `manySide` pixels. The API's number is not confirmed. */
const many = 20
const manySide = 2000

interface PlacedImage {
  readonly place: string
  readonly data: string | undefined
}

const imagesOf = (body: JsonObject): readonly PlacedImage[] =>
  blocksOfMessages(body).flatMap(({ block, place }) => {
    if (block['type'] !== 'image') return []
    const source: JsonObject = isObject(block['source']) ? block['source'] : {}
    return [{ place: `${place}.image.source.base64`, data: isText(source['data']) ? source['data'] : undefined }]
  })

const pngSignature = '89504e470d0a1a0a'

/** The longer side of a PNG or GIF in pixels; 0 for other formats, which are not read. */
const longerSide = (data: string): number => {
  const head = Buffer.from(data.slice(0, 64), 'base64')
  if (head.length >= 24 && head.toString('hex', 0, 8) === pngSignature)
    return Math.max(head.readUInt32BE(16), head.readUInt32BE(20))
  if (head.length >= 10 && head.toString('latin1', 0, 3) === 'GIF')
    return Math.max(head.readUInt16LE(6), head.readUInt16LE(8))
  return 0
}

const tooLarge = (images: readonly PlacedImage[], side: number, where: string): ApiFailure | undefined => {
  const paths = images.filter(({ data }) => data !== undefined && longerSide(data) > side).map(({ place }) => place)
  return paths[0] === undefined
    ? undefined
    : {
        status: 400,
        type: 'invalid_request_error',
        message: `${paths[0]}: At least one of the image dimensions exceed max allowed size${where}: ${side} pixels`,
        details: { error_code: 'image_dimensions_too_large', paths },
      }
}

export const images = ({ body, rules }: ModelRequest): string | ApiFailure | undefined => {
  const all = imagesOf(body)
  const most = rules.maxImages
  if (all.length > most) return `messages: at most ${most} images are allowed in a request. Found ${all.length}.`
  for (const { data, place } of all) {
    const bytes = data === undefined ? 0 : Buffer.byteLength(data, 'base64')
    if (bytes > maxBytes) return `${place}: image exceeds 10 MB maximum: ${bytes} bytes > ${maxBytes} bytes`
  }
  return (
    tooLarge(all, maxSide, '') ?? (all.length > many ? tooLarge(all, manySide, ' for many-image requests') : undefined)
  )
}
