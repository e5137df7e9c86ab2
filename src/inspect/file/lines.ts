// The lines of a file, as its bytes come in.

/** Bytes of a file, in pieces of any size. */
export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

export interface LineOptions {
  /** Characters that one line may have. */
  readonly longest: number
  /** The error for a line that can't be read, and why not. */
  readonly invalid: (line: number, why: string) => Error
}

/**
 * Lines without their ends, with their numbers from 1. The last one may lack its end; what stands behind the last end is no
 * line. A line is refused as soon as it is too long: the rest of it is not kept.
 *
 * @throws what `invalid` makes, for a line that is too long or no UTF-8
 */
export async function* linesOf(
  pieces: Pieces,
  { longest, invalid }: LineOptions,
): AsyncGenerator<{ readonly line: string; readonly number: number }> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let number = 1
  /** The beginning of a line, in parts, and how long it is. */
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
