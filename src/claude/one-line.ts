/** Characters of words that people are shown of a failure. */
const longest = 500

/**
 * What was said, in one line. Proxies answer with whole pages: of those the title counts, else the first heading, else the text.
 */
export function inOneLine(said: string): string {
  const words = isPage(said) ? pageWords(said) : said
  const line = words.replaceAll(/\s+/g, ' ').trim()
  return line.length > longest ? `${line.slice(0, longest)}…` : line
}

const isPage = (said: string): boolean => /<(?:!doctype|html|head|body)\b/i.test(said)

/** The SDK puts the status in front of a body that is not JSON. */
function pageWords(page: string): string {
  const start = page.slice(0, Math.max(0, page.indexOf('<'))).trim()
  const named = /<title[^>]*>([^<]*)<\/title>/i.exec(page)?.[1] ?? /<h1[^>]*>([^<]*)<\/h1>/i.exec(page)?.[1] ?? ''
  const text =
    named.trim() === '' ? page.replaceAll(/<(style|script)\b[\s\S]*?<\/\1>/gi, ' ').replaceAll(/<[^>]*>/g, ' ') : named
  return named.trim() === '' || start === '' || named.includes(start) ? text : `${start} ${named}`
}
