/** Characters that a reader is given at a time: however slow it is, it asks for more before it is taken for stalled. */
const longest = 32_768

/** A text in pieces that are given one at a time; none of an empty one. A character that takes two code units stays whole. */
export function textPieces(text: string): string[] {
  if (text.length <= longest) return text === '' ? [] : [text]
  const pieces: string[] = []
  for (let at = 0; at < text.length;) {
    let end = Math.min(at + longest, text.length)
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end--
    pieces.push(text.slice(at, end))
    at = end
  }
  return pieces
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd8_00 && unit <= 0xdb_ff
