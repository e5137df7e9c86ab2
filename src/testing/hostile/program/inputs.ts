import type { JsonObject } from '../../api/json.ts'
import type { HostileMessage } from './program.ts'
import { fileIdOf } from './rules.ts'
import { wordOf } from './words.ts'

/** A content block of a message. */
export type HostileBlock = JsonObject & { readonly type: string }

/** A PNG of one pixel. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const page = Buffer.from('%PDF-1.4\n%%EOF\n').toString('base64')

/** The image in inputs and in results of tools. */
export const picture: HostileBlock = {
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data: pixel },
}

const broughtBy = (message: number, brings: NonNullable<HostileMessage['brings']>): HostileBlock => {
  switch (brings) {
    case 'image':
      return picture
    case 'document':
      return { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: page } }
    case 'file':
      return { type: 'document', source: { type: 'file', file_id: fileIdOf(message) } }
  }
}

const filler = 'It was a long story that nobody had asked for. '

/** The blocks that the app sends for a message: its image, document or file, then a text with its word. */
export const inputOf = (message: number, given: HostileMessage): readonly HostileBlock[] => {
  const { length = 0, brings } = given
  const story = filler
    .repeat(Math.ceil(length / filler.length))
    .slice(0, length)
    .trimEnd()
  const text = `Message ${wordOf('in', message)}.${story === '' ? '' : ` ${story}`}`
  return [...(brings === undefined ? [] : [broughtBy(message, brings)]), { type: 'text', text }]
}
