// Splits the bytes of a file into lines, as they arrive.

/** Bytes of a file, in pieces of any size. */
export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

export interface LineOptions {
  /** Maximum characters of a line. */
  readonly longest: number
  /** Makes the error for a line that can't be read. */
  readonly invalid: (line: number, why: string) => Error
}

/**
 * Yields lines without their newlines, numbered from 1. The last newline may be missing. A line that is too long is rejected at
 * once, before the rest of it is read.
 *
 * @throws what `invalid` returns, for a line that is too long or not UTF-8
 */
export async function* linesOf(
  pieces: Pieces,
  { longest, invalid }: LineOptions,
): AsyncGenerator<{ readonly line: string; readonly number: number }> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let number = 1
  /** The parts of the unfinished line, and its length. */
  let begun: string[] = []
  let length = 0
  const decode = (piece?: Uint8Array): string => {
    try {
      return decoder.decode(piece, { stream: piece !== undefined })
    } catch {
      throw invalid(number, 'it is not UTF-8')
    }
  }
  const extend = (part: string) => {
    length += part.length
    if (length > longest) throw invalid(number, `it is longer than ${longest} characters`)
    if (part !== '') begun.push(part)
  }
  for await (const piece of pieces) {
    const text = decode(piece)
    let from = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      extend(text.slice(from, end))
      yield { line: begun.join(''), number }
      begun = []
      length = 0
      from = end + 1
      number++
    }
    extend(text.slice(from))
  }
  extend(decode())
  if (length > 0) yield { line: begun.join(''), number }
}
