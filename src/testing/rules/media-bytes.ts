import { isObject, isText } from '../api/json.ts'
import { blocksOfMessages } from './placed-blocks.ts'
import type { RequestToCheck } from './rule.ts'

/** Base64 as the API reads it: padded and in the standard alphabet. Whitespace is ignored, as no rejection of it is known. */
const isBase64 = (data: string): boolean => {
  const dense = data.replaceAll(/\s+/g, '')
  return dense.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(dense)
}

/** The type of an image by its first bytes; undefined for formats that the API does not accept. */
const imageTypeOf = (head: Buffer): string | undefined => {
  const text = head.toString('latin1')
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'image/gif'
  return text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP' ? 'image/webp' : undefined
}

/** All four wordings are reported; for the mismatch there are two, and this is the newer one. */
const imageProblem = (data: string, declared: unknown, place: string): string | undefined => {
  const here = `${place}.image.source.base64`
  if (data === '') return `${here}: image cannot be empty`
  if (!isBase64(data)) return `${here}: invalid base64 data`
  const type = imageTypeOf(Buffer.from(data.slice(0, 64), 'base64'))
  if (type === undefined) return 'Could not process image'
  return type === declared
    ? undefined
    : `${here}: The image was specified using the ${String(declared)} media type, but the image appears to be a ${type} image`
}

/** The first and the last wording are reported; the one for invalid base64 is modelled on that for images. */
const pdfProblem = (data: string, place: string): string | undefined => {
  const here = `${place}.document.source.base64`
  if (data === '') return `${here}: PDF cannot be empty`
  if (!isBase64(data)) return `${here}: invalid base64 data`
  // The header may be anywhere in the first kilobyte.
  const head = Buffer.from(data.slice(0, 1400), 'base64').toString('latin1')
  return head.includes('%PDF-') ? undefined : `${place}.pdf.source.base64.data: The PDF specified was not valid.`
}

/** The bytes of images and PDFs must match their media type. */
export const mediaBytes = ({ body }: RequestToCheck): string | undefined => {
  for (const { block, place } of blocksOfMessages(body)) {
    const { type, source } = block
    if (!isObject(source) || source['type'] !== 'base64' || !isText(source['data'])) continue
    const { data, media_type: declared } = source
    const problem = type === 'image' ? imageProblem(data, declared, place) : pdfProblem(data, place)
    if (problem !== undefined) return problem
  }
  return undefined
}
