import type { IncomingMessage } from 'node:http'
import { TurnstateError } from '../../errors.ts'
import { largestFile, readFile } from '../file/inspection-file.ts'
import type { Hub } from '../hub/hub.ts'

/** What was made of a file: the keys of its conversations, or why nothing was. */
interface Imported {
  readonly status: number
  readonly body: string | { readonly keys: readonly string[] }
}

/** Files that are sent to an inspector: one at a time, because each is kept beside what there is until it is read. */
export class Imports {
  readonly #hub: Hub
  #isReading = false

  constructor(hub: Hub) {
    this.#hub = hub
  }

  async take(request: IncomingMessage, name: string): Promise<Imported> {
    if (this.#isReading)
      return { status: 503, body: 'Another file is being read. Nothing was read of this one: send it again.' }
    // Who says how much it will be need not send it.
    if (Number(request.headers['content-length']) > largestFile)
      return this.#tooLarge(`The file is larger than ${largestFile} bytes. Nothing was read.`)
    this.#isReading = true
    try {
      // To leave off reading must not end the connection before the answer went over it.
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
    this.#hub.turnAway(`A file was not taken. ${why}`)
    return { status: 413, body: `${why} (file-too-large)` }
  }
}
