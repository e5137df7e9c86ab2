import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type FileInput, checkFile, readFile } from '../../src/files/index.ts'
import type { Block } from '../../src/journal/index.ts'

const bytesOf = (text: string, length = text.length): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(length)
  bytes.set(Buffer.from(text, 'latin1'))
  return bytes
}

/** Files by their first bytes. */
export const jpeg = bytesOf('\xFF\xD8\xFF\xE0 jpeg')
export const png = bytesOf('\x89PNG\r\n\x1A\n png')
export const gif = bytesOf('GIF89a gif')
export const webp = bytesOf('RIFF\x10\0\0\0WEBPVP8 ')
export const pdf = bytesOf('%PDF-1.7\n%\xE2\xE3\xCF\xD3')

/** A PNG of this many bytes. */
export const pngOf = (length: number): Uint8Array<ArrayBuffer> => bytesOf('\x89PNG\r\n\x1A\n', length)

/** A Blob that claims this size and counts how often its bytes are read. */
export class LargeBlob extends File {
  reads = 0
  readonly #size: number

  constructor(size: number, name: string, type: string) {
    super([], name, { type })
    this.#size = size
  }

  override get size(): number {
    return this.#size
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    this.reads++
    return super.arrayBuffer()
  }

  override stream(): ReturnType<File['stream']> {
    this.reads++
    return super.stream()
  }
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** A folder that is removed after its test. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'turnstate-files-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

/** The path of a file that is removed after its test. */
export async function stored(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(await folder(), name)
  await writeFile(path, content)
  return path
}

export const read = async (file: FileInput, signal?: AbortSignal): Promise<Block> =>
  readFile(checkFile(file), signal ? { signal } : {})

export const textDocument = (data: string, title?: string): Block => ({
  type: 'document',
  source: { type: 'text', media_type: 'text/plain', data },
  ...(title === undefined ? {} : { title }),
})
