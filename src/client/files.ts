import { TurnstateError } from '../errors.ts'
import { toBase64 } from '../files/base64.ts'
import type { Block, FileInput, MessageInput } from '../index.ts'

/** A message as it is sent: files are read into content blocks. */
export async function toBody(input: MessageInput, system?: string): Promise<object> {
  if (typeof input === 'string' || isList(input)) return { input, system }
  const { text = '', files = [], metadata } = input
  return {
    input: text,
    system,
    metadata,
    ...(files.length === 0 ? {} : { files: await Promise.all(files.map(toBlock)) }),
  }
}

async function toBlock(file: Block | FileInput): Promise<Block> {
  if (!(file instanceof Blob)) {
    if (file instanceof URL || 'path' in file)
      throw new TurnstateError('file-unreadable', 'A client cannot read paths. Give a Blob, a File or a content block.')
    return file
  }
  const title = 'name' in file && typeof file.name === 'string' && file.name !== '' ? { title: file.name } : {}
  const { type } = file
  const isPdf = type === 'application/pdf'
  if (!isPdf && !type.startsWith('image/'))
    return { type: 'document', source: { type: 'text', media_type: 'text/plain', data: await file.text() }, ...title }
  const source = { type: 'base64', media_type: type, data: toBase64(new Uint8Array(await file.arrayBuffer())) }
  return isPdf ? { type: 'document', source, ...title } : { type: 'image', source }
}

const isList = (input: object): input is readonly Block[] => Array.isArray(input)
