import { readTranscript } from '../server.ts'
import { fileName } from './file-name.ts'

/** Saves a conversation as a file. A link could not: it carries no token. @throws Error in words for people */
export async function saveTranscript(id: string, name: string, format: 'md' | 'json'): Promise<void> {
  const address = URL.createObjectURL(await readTranscript(id, format))
  const link = document.createElement('a')
  link.href = address
  link.download = `${fileName(name)}.${format}`
  link.click()
  // The browser has begun to read it by the next frame.
  requestAnimationFrame(() => URL.revokeObjectURL(address))
}
