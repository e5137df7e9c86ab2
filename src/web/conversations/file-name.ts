/** The name of a file, without its end, that every system takes: letters of all scripts, no signs, at most 60 characters. */
export function fileName(title: string): string {
  const plain = title
    .replaceAll(/[^\p{L}\p{M}\p{N}_-]+/gu, ' ')
    .trim()
    .replace(/^-+/, '')
  const short = Array.from(plain).slice(0, 60).join('').trim()
  // Windows keeps some names for itself.
  return short === '' || /^(?:con|prn|aux|nul|com\d|lpt\d)$/i.test(short) ? `conversation ${short}`.trim() : short
}
