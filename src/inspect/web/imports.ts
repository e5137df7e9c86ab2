import type { IncomingMessage } from 'node:http'
import { TurnstateError } from '../../errors.ts'
import { largestFile, readFile } from '../file/inspection-file.ts'
import type { Hub } from '../hub/hub.ts'

/** The answer to an import: the keys of the conversations, or why nothing was imported. */
interface Imported {
  readonly status: number
  readonly body: string | { readonly keys: readonly string[] }
}

/** Imports files, one at a time, because a file is in memory besides everything else until it is read. */
export class Imports {
  readonly #hub: Hub
  #isReading = false

  constructor(hub: Hub) {
    this.#hub = hub
  }

  async take(request: IncomingMessage, name: string): Promise<Imported> {
    if (this.#isReading)
      return { status: 503, body: 'Another file is being read. Nothing of this one was read; try again.' }
    // No need to receive a file that announces too many bytes.
    if (Number(request.headers['content-length']) > largestFile)
      return this.#tooLarge(`The file is larger than ${largestFile} bytes. Nothing was read.`)
    this.#isReading = true
    try {
      // Leaving the iterator must not destroy the connection before the answer is sent.
      const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false })
      return { status: 200, body: { keys: await this.#hub.addFile(name, await readFile(body)) } }
    } catch (error) {
      if (!TurnstateError.is(error)) throw error
      if (error.code === 'file-too-large') return this.#tooLarge(error.message)
      return { status: 400, body: `${error.message} (${error.code})` }
    } finally {
      this.#isReading = false
    }
  }

  #tooLarge(why: string): Imported {
    this.#hub.reportViolation(`A file was rejected. ${why}`)
    return { status: 413, body: `${why} (file-too-large)` }
  }
}
