// Files that go with the next message: what is taken, and what it is shown as. Pure, but for the addresses of previews.
import { givenType } from '../../files/file-types.ts'
import { sizeOf } from '../transcript/texts.ts'

/** A file that was chosen. */
export interface Attachment {
  readonly key: string
  readonly file: File
  readonly kind: 'picture' | 'pdf' | 'text'
  /** An address of the picture, until it is released. */
  readonly preview: string | null
}

export interface AttachmentLimits {
  /** Bytes of a whole message, of one file, and of a picture. */
  readonly message: number
  readonly file: number
  readonly image: number
}

/** Bytes that a file takes in a message: base64 makes four of three. */
const sentSize = ({ size }: File): number => Math.ceil(size / 3) * 4

/** What is taken of the files, and why the others are not, in words. */
export function takeFiles(
  files: readonly File[],
  before: readonly Attachment[],
  limits: AttachmentLimits,
): { readonly taken: readonly Attachment[]; readonly declined: readonly string[] } {
  const taken: Attachment[] = []
  const declined: string[] = []
  let size = before.reduce((sum, { file }) => sum + sentSize(file), 0)
  for (const given of files) {
    const name = given.name === '' ? 'The file' : `“${given.name}”`
    const type = givenType(given.type, given.name)
    const isPicture = type?.startsWith('image/') === true
    const limit = isPicture ? limits.image : limits.file
    if (type === undefined) declined.push(`${name} can’t be read by the model: pictures, PDFs and texts can.`)
    else if (given.size === 0) declined.push(`${name} is empty.`)
    else if (given.size > limit) declined.push(`${name} is too large: ${sizeOf(limit)} is the most.`)
    else if (size + sentSize(given) > limits.message)
      declined.push(`${name} does not fit: a message has ${sizeOf(limits.message)} at most.`)
    else {
      size += sentSize(given)
      // Systems mistake the types of some files; what is sent is told by the name then.
      const file = given.type === type || type === 'text/plain' ? given : new File([given], given.name, { type })
      taken.push({
        key: `${Date.now()} ${before.length + taken.length} ${given.name}`,
        file,
        kind: isPicture ? 'picture' : type === 'application/pdf' ? 'pdf' : 'text',
        preview: isPicture ? URL.createObjectURL(file) : null,
      })
    }
  }
  return { taken, declined }
}

export const release = ({ preview }: Attachment): void => {
  if (preview !== null) URL.revokeObjectURL(preview)
}
