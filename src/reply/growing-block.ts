// One block of a reply, from its start to the form in which it stays.
import { type Block, type DeltaKind, textOf, toolInputOf } from '../journal/index.ts'

const kindsOf: Readonly<Record<string, DeltaKind>> = {
  text: 'text',
  thinking: 'thinking',
  tool_use: 'toolInput',
  server_tool_use: 'toolInput',
  mcp_tool_use: 'toolInput',
}

const fieldOf = { text: 'text', thinking: 'thinking', toolInput: 'input' } as const satisfies Readonly<
  Record<DeltaKind, string>
>

export class GrowingBlock {
  shell: Block
  /** What its deltas are; `null` before the first. */
  kind: DeltaKind | null = null
  /** Collected as they come and joined once: joining per delta would cost the length of the reply each time. */
  readonly chunks: string[] = []
  readonly citations: unknown[] = []
  /** A delta of an unknown kind was for it: what is here is not all of it. */
  isHollow = false
  #closed: Block | null

  constructor(shell: Block) {
    this.shell = shell
    this.#closed = arrivesWhole(shell) ? shell : null
  }

  /** The block as it stays, once it has ended. What arrives whole stands from its start on. */
  get closed(): Block | null {
    return this.#closed
  }

  /** Whether a delta of this kind is one for such a block. Blocks of unknown types take any, but one kind only. */
  takes(kind: DeltaKind): boolean {
    return kind === (this.kind ?? kindsOf[this.shell.type] ?? kind)
  }

  close(): void {
    this.#closed ??= closed(this)
  }

  /** The block with what has come of it. A tool call in progress shows its input as the text that it still is. */
  joined(): Block {
    const { shell, kind, citations } = this
    const text = this.chunks.join('')
    const cited = citations.length > 0 ? { ...shell, citations: [...asArray(shell['citations']), ...citations] } : shell
    if (kind === null || text === '') return cited
    const field = fieldOf[kind]
    const begun = cited[field]
    return { ...cited, [field]: typeof begun === 'string' ? begun + text : text }
  }

  /** What is to be kept of it in a reply that has ended, with or without a word on the block's own end. */
  atTheEnd(): Block | null {
    if (this.isHollow && !standsByItself(this.shell)) return null
    return this.#closed ?? this.#leftOpen()
  }

  /** What was shown of it and can be kept when the reply is cut. Thinking that was cut is for the transcript: it is never sent. */
  shown(): Block | null {
    if (this.isHollow && !standsByItself(this.shell)) return null
    if (this.#closed) return this.#closed
    const shown = this.joined()
    const isShown = textOf(shown) !== '' || (this.kind === 'thinking' && this.chunks.length > 0)
    return isShown ? shown : null
  }

  /**
   * Text counts as far as it came, thinking once it is signed, a tool of the API's own once its input is whole. A call of the
   * app's is kept in any case, because the model is told what became of it: input that was cut is no JSON, and says so.
   */
  #leftOpen(): Block | null {
    const { type } = this.shell
    const block = closed(this)
    if (type === 'text') return textOf(block) === '' ? null : block
    if (type === 'thinking') return typeof block['signature'] === 'string' && block['signature'] !== '' ? block : null
    if (isOurs(this.shell)) return block
    return isServerTool(type) && this.chunks.length > 0 && !isInvalid(block['input']) ? block : null
  }
}

const isServerTool = (type: string): boolean => type === 'server_tool_use' || type === 'mcp_tool_use'

/** Text, and the input of a call, say something without what is unknown of them. */
const standsByItself = (shell: Block): boolean => shell.type === 'text' || isOurs(shell)

/** Tool input is parsed here and strictly: a cut JSON that parses leniently is plausible, and wrong. */
function closed(block: GrowingBlock): Block {
  const whole = block.joined()
  if (block.kind !== 'toolInput') return whole
  const json = block.chunks.join('')
  const input = json.trim() === '' ? (block.shell['input'] ?? {}) : toolInputOf(json, { exact: isOurs(block.shell) })
  return { ...whole, input }
}

/** A call that is answered here, unlike the API's own. */
export const isOurs = ({ type }: Block): boolean => type === 'tool_use'

const isInvalid = (input: unknown): boolean => typeof input === 'object' && input !== null && 'INVALID_JSON' in input

/** Blocks of which no part follows in a delta (the API's streaming documentation). */
const arrivesWhole = ({ type }: Block): boolean =>
  type === 'fallback' || type === 'redacted_thinking' || type.endsWith('_tool_result')

const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
