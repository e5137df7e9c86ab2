import { isObject, isText } from '../api/json.ts'
import { blocksOfMessages } from './placed-blocks.ts'
import type { RequestToCheck } from './rule.ts'

/** Base64 as the API reads it: padded, of the standard alphabet. Whitespace is let pass: nothing is known of it. */
const isBase64 = (data: string): boolean => {
  const dense = data.replaceAll(/\s+/g, '')
  return dense.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(dense)
}

/** What an image is by its first bytes; undefined for what is none that the API takes. */
const imageTypeOf = (head: Buffer): string | undefined => {
  const text = head.toString('latin1')
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'image/gif'
  return text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP' ? 'image/webp' : undefined
}

/** All four wordings are reported; of the mismatch the newer of two. */
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

/** The first and the last wording are reported; that of data that is no base64 is ours, after that of images. */
const pdfProblem = (data: string, place: string): string | undefined => {
  const here = `${place}.document.source.base64`
  if (data === '') return `${here}: PDF cannot be empty`
  if (!isBase64(data)) return `${here}: invalid base64 data`
  // The header may stand anywhere in the first kilobyte.
  const head = Buffer.from(data.slice(0, 1400), 'base64').toString('latin1')
  return head.includes('%PDF-') ? undefined : `${place}.pdf.source.base64.data: The PDF specified was not valid.`
}

/** Images and PDFs are what their media type says. */
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
