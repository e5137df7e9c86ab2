// The words of a model as elements. They are Markdown and nothing else: tags in them are words, but for a few that only change how
// letters look. What leaves `marked` is sanitised once more. Nothing in it can run, load, be named, be styled or be sent.
import DOMPurify from 'dompurify'
import { Marked, type Tokens } from 'marked'
import { isPlain } from './blocks.ts'

/** What stands around the number of a citation in a text. Such characters are taken out of the model's own. */
const mark = { begin: '\uE000', end: '\uE001' }

/** Characters that change the order of what follows, and those that marks are made of. */
const strange = /[\u202A-\u202E\u2066-\u2069\uE000\uE001]/g

/** The model's text without characters that reorder what is beside it. */
export const plainWords = (text: string): string => text.replaceAll(strange, '')

/** The place of a citation in a text, by its number. */
export const citationMark = (number: number): string => `${mark.begin}${number}${mark.end}`

const tags = 'p br strong em del code pre blockquote ul ol li h3 h4 h5 h6 table thead tbody tr th td hr a sub sup kbd'

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** Tags without attributes that only change how letters look. */
const harmless = /^<\/?(?:sub|sup|kbd)>$|^<br ?\/?>$/i

const marked = new Marked({
  gfm: true,
  renderer: {
    html: ({ text, block }: Tokens.HTML | Tokens.Tag) =>
      harmless.test(text.trim()) ? text : block ? `<p>${escaped(text)}</p>` : escaped(text),
    // The page has headings of its own above these.
    heading({ tokens, depth }) {
      const level = Math.min(depth + 2, 6)
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`
    },
    link({ href, tokens }) {
      const shown = this.parser.parseInline(tokens)
      const url = readUrl(href)
      if (!url) return shown
      const words = tokens.map(({ raw }) => raw).join('')
      // Words that look like one place must not lead to another.
      const hint =
        url.host !== '' && looksLikePlace(words) && !words.includes(url.host) ? ` (${escaped(url.host)})` : ''
      return `<a href="${escaped(url.href)}">${shown}${hint}</a>`
    },
    // A picture from elsewhere would tell its owner who reads what: it is a link.
    image({ href, text }) {
      const url = readUrl(href)
      const shown = escaped(`Picture: ${text === '' ? (url?.host ?? 'without a name') : text}`)
      return url ? `<a href="${escaped(url.href)}">${shown}</a>` : shown
    },
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
  },
})

function readUrl(href: string): URL | null {
  const url = URL.canParse(href) ? new URL(href) : null
  return url && ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url : null
}

const looksLikePlace = (words: string): boolean =>
  /^\s*(?:https?:|www\.|[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)/iu.test(words)

/** Elements for a block of Markdown. Never throws. */
export function toElements(text: string): DocumentFragment {
  const words = text
  if (isPlain(words)) return asItIs(words)
  try {
    const html = marked.parse(words, { async: false })
    const fragment = DOMPurify.sanitize(html, {
      ALLOWED_TAGS: tags.split(' '),
      ALLOWED_ATTR: ['href', 'align', 'start'],
      ALLOW_DATA_ATTR: false,
      ALLOW_ARIA_ATTR: false,
      ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
      RETURN_DOM_FRAGMENT: true,
    })
    finish(fragment)
    return fragment
  } catch {
    return asItIs(words)
  }
}

function asItIs(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment()
  const paragraph = document.createElement('p')
  paragraph.className = 'as-it-is'
  paragraph.dir = 'auto'
  paragraph.textContent = text.replaceAll(/[\uE000\uE001]/g, '')
  fragment.append(paragraph)
  return fragment
}

/** What the page itself adds: links that open beside, the direction of each block, tables that scroll, numbers of citations. */
function finish(fragment: DocumentFragment): void {
  for (const link of fragment.querySelectorAll('a')) {
    link.target = '_blank'
    link.rel = 'noopener noreferrer nofollow'
    link.title = link.href
  }
  for (const block of fragment.querySelectorAll<HTMLElement>('p, li, h3, h4, h5, h6, td, th, blockquote'))
    block.dir = 'auto'
  for (const table of fragment.querySelectorAll('table')) {
    const frame = document.createElement('div')
    frame.className = 'table'
    frame.tabIndex = 0
    frame.setAttribute('role', 'group')
    frame.setAttribute('aria-label', 'Table')
    table.replaceWith(frame)
    frame.append(table)
  }
  addCitations(fragment)
}

function addCitations(fragment: DocumentFragment): void {
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT)
  const texts: Text[] = []
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (node instanceof Text && node.data.includes(mark.begin)) texts.push(node)
  for (const text of texts) {
    const pieces = text.data.split(/\uE000(\d+)\uE001/)
    text.replaceWith(
      ...pieces.map((piece, index) => {
        if (index % 2 === 0) return piece
        const button = document.createElement('button')
        button.type = 'button'
        button.className = 'citation'
        button.dataset['citation'] = piece
        button.textContent = piece
        button.setAttribute('aria-label', `Source ${piece}`)
        return button
      }),
    )
  }
}
