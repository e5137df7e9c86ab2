// A growing text as a list of Markdown blocks. What came before the last block is settled: it is read once, however long the text gets.
import { lexer, type Token } from 'marked'

/** A piece of the text that is drawn by itself. */
export interface TextBlock {
  readonly kind: 'text' | 'code'
  /** Markdown, or for code what is between the fences. */
  readonly text: string
  /** The name behind the fence. Empty for none. */
  readonly language: string
}

/** A text that is so far. */
export interface ReadText {
  readonly text: string
  readonly blocks: readonly TextBlock[]
  /** Where the last block begins in the text, and how many blocks come before it. */
  readonly from: number
  readonly settled: number
}

export const emptyText: ReadText = { text: '', blocks: [], from: 0, settled: 0 }

/** Reads a text, with what is known of its beginning. */
export function readBlocks(before: ReadText, text: string): ReadText {
  const known = text.startsWith(before.text) ? before : emptyText
  if (known.text === text) return known
  const { from } = known
  const tokens = tokensOf(text.slice(from))
  const last = tokens.findLastIndex(({ type }) => type !== 'space')
  const blocks = tokens.map(blockOf)
  const begun = tokens.slice(0, Math.max(last, 0))
  return {
    text,
    blocks: [...known.blocks.slice(0, known.settled), ...blocks.filter((block) => block !== null)],
    from: from + begun.reduce((sum, { raw }) => sum + raw.length, 0),
    settled: known.settled + begun.map(blockOf).filter((block) => block !== null).length,
  }
}

/** Signs that open a level, as many as nobody writes: reading them takes long, or overflows the stack. */
const tooDeep = /(?:[>[*_`~!(][ \t]*){64}|^[ \t]{200,}/m

/** The longest block that is read as Markdown, in characters. */
const longest = 60_000

/** Whether a text is shown as it is. */
export const isPlain = (text: string): boolean => text.length > longest || tooDeep.test(text)

type Piece = Pick<Token, 'type' | 'raw'>

function tokensOf(text: string): readonly Piece[] {
  // A fence that holds very much is read as one piece.
  if (tooDeep.test(text)) return text === '' ? [] : piecesOf(text)
  try {
    // marked counts a line end as one character.
    const tokens = lexer(text)
    const read = tokens.reduce((sum, { raw }) => sum + raw.length, 0)
    return read === text.length ? tokens : piecesOf(text)
  } catch {
    return piecesOf(text)
  }
}

/** Paragraphs, without a look at what is in them. */
const piecesOf = (text: string): readonly Piece[] =>
  (text.match(/[^\n]*(?:\n(?!\n)[^\n]*)*\n*/g) ?? []).filter((raw) => raw !== '').map((raw) => ({ type: 'plain', raw }))

function blockOf(token: Piece): TextBlock | null {
  if (token.type === 'space' || token.type === 'def') return null
  if (isCode(token)) return { kind: 'code', text: token.text, language: /^[\w+#.-]*/.exec(token.lang ?? '')?.[0] ?? '' }
  return { kind: 'text', text: token.raw, language: '' }
}

const isCode = (token: Piece): token is Piece & { readonly text: string; readonly lang?: string } =>
  token.type === 'code' && 'text' in token && typeof token.text === 'string'

/**
 * The last block of a text that grows, without what would look different a moment later: a half mark, a link without its end, the
 * beginning of a table. So nothing jumps.
 */
export function steadied(text: string): string {
  const lines = text.split('\n')
  const last = lines.at(-1) ?? ''
  // A line that may become a rule, a fence, an underline of a heading or an item.
  if (/^[ \t]*(?:[-=*_`~+#]{1,4}|\d{1,9}[.)]?)[ \t]*$/.test(last)) return lines.slice(0, -1).join('\n')
  if (/^[ \t]*\|/.test(lines[0] ?? '') && lines.length < 3) return ''
  return closed(text.replace(/!?\[[^\][\n]*(?:\](?:\([^)\n]*)?)?$/, wordsOf))
}

/** The words of a link whose end has not come. */
function wordsOf(link: string): string {
  const begin = link.indexOf('[') + 1
  const end = link.indexOf(']')
  return link.slice(begin, end < 0 ? undefined : end)
}

/** With marks that are open at the end closed. */
function closed(text: string): string {
  const paragraph = text.slice(text.lastIndexOf('\n\n') + 1)
  const ticks = paragraph.match(/`/g)?.length ?? 0
  if (ticks % 2 === 1) return `${text}\``
  const bare = withoutMarks(text)
  const strong = paragraph.match(/\*\*/g)?.length ?? 0
  return strong % 2 === 1 ? `${bare === text ? text.trimEnd() : bare}${bare.endsWith('**') ? '' : '**'}` : text
}

/** The text without the marks at its end. */
function withoutMarks(text: string): string {
  let end = text.length
  while (end > 0 && '*_~'.includes(text.charAt(end - 1))) end--
  return text.slice(0, end)
}
