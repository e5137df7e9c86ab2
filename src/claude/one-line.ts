import { beginning, quoted } from '../foreign-text.ts'

/** A message in one line. Proxies answer with HTML pages: their title is used, else the first heading, else the text. */
export function inOneLine(said: string): string {
  const words = beginning(said)
  return quoted(/<(?:!doctype|html|head|body)\b/i.test(words) ? pageWords(words) : words)
}

/** The title of a page, after the status that the SDK puts in front of a body that is not JSON. */
function pageWords(page: string): string {
  const start = page.slice(0, Math.max(0, page.indexOf('<'))).trim()
  const named = within(page, 'title') || within(page, 'h1')
  if (named === '') return textOf(page)
  return start === '' || named.includes(start) ? named : `${start} ${named}`
}

/** The text of the first element with this name, up to its first child element. */
function within(page: string, name: string): string {
  const opening = page.toLowerCase().indexOf(`<${name}`)
  const start = opening < 0 ? -1 : page.indexOf('>', opening)
  return start < 0 ? '' : (page.slice(start + 1).split('<', 1)[0] ?? '').trim()
}

/** The visible text of a page, without tags, styles and scripts. */
function textOf(page: string): string {
  const hidden = ['style', 'script']
  const [first = '', ...tags] = page.split('<')
  let inside: string | undefined
  let text = first
  for (const tag of tags) {
    const end = tag.indexOf('>')
    const name = (/^\/?[a-z0-9]{1,20}/i.exec(tag)?.[0] ?? '').toLowerCase()
    if (inside === undefined) inside = hidden.find((hiding) => hiding === name)
    else if (name === `/${inside}`) inside = undefined
    text += inside === undefined && end >= 0 ? ` ${tag.slice(end + 1)}` : ''
  }
  return text
}
