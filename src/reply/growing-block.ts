// One block of a reply while it grows, and in its final form.
import { type Block, type DeltaKind, textOf, toolInputOf } from '../journal/index.ts'
import { GrowingText } from './growing-text.ts'

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
  /** The kind of its deltas; `null` before the first. */
  kind: DeltaKind | null = null
  /** What its deltas say. */
  readonly text = new GrowingText()
  readonly citations: unknown[] = []
  /** A delta of an unknown kind was for it, so its content is incomplete. */
  isHollow = false
  /** Milliseconds from its start to its end; `null` until it ends. */
  took: number | null = null
  readonly #startedAt: number
  #closed: Block | null

  constructor(shell: Block, now: number) {
    this.shell = shell
    this.#startedAt = now
    this.#closed = arrivesWhole(shell) ? shell : null
  }

  /** The final block; `null` until it ends. A block that arrives whole is final from its start. */
  get closed(): Block | null {
    return this.#closed
  }

  /** Whether this block accepts deltas of this kind. A block of an unknown type accepts the kind of its first delta only. */
  takes(kind: DeltaKind): boolean {
    return kind === (this.kind ?? kindsOf[this.shell.type] ?? kind)
  }

  close(now: number): void {
    this.#closed ??= closed(this)
    this.took ??= this.tookUntil(now)
  }

  /** Milliseconds from its start until now, or until its end. A wall clock may be set back. */
  tookUntil(now: number): number {
    return this.took ?? Math.max(0, now - this.#startedAt)
  }

  /** The block with the content so far. The input of a tool call in progress is the unparsed text. */
  joined(): Block {
    const { shell, kind, citations } = this
    const text = this.text.joined()
    const cited = citations.length > 0 ? { ...shell, citations: [...asArray(shell['citations']), ...citations] } : shell
    if (kind === null || text === '') return cited
    const field = fieldOf[kind]
    const begun = cited[field]
    // Not a spread: kept blocks are frozen, and V8 makes a hidden class for each frozen copy that a spread has made.
    return Object.assign({}, cited, { [field]: typeof begun === 'string' ? begun + text : text })
  }

  /** What a finished reply keeps of the block, whether or not the block's end arrived; `null` for nothing. */
  atTheEnd(): Block | null {
    if (this.isHollow && !isUsefulIncomplete(this.shell)) return null
    return this.#closed ?? this.#leftOpen()
  }

  /** What a cut reply keeps of the block: what was shown; `null` for nothing. Cut thinking is for the transcript and is never sent. */
  shown(): Block | null {
    if (this.isHollow && !isUsefulIncomplete(this.shell)) return null
    if (this.#closed) return this.#closed
    const shown = this.joined()
    const isShown = textOf(shown) !== '' || (this.kind === 'thinking' && !this.text.isEmpty)
    return isShown ? shown : null
  }

  /**
   * What to keep of a block whose end did not arrive: text if there is any, thinking if it is signed, the use of a server tool if
   * its input is complete. A call of a client tool is always kept, because the model gets a result for it: cut input is marked as
   * invalid JSON.
   */
  #leftOpen(): Block | null {
    const { type } = this.shell
    const block = closed(this)
    if (type === 'text') return textOf(block) === '' ? null : block
    if (type === 'thinking') return typeof block['signature'] === 'string' && block['signature'] !== '' ? block : null
    if (isOurs(this.shell)) return block
    return isServerTool(type) && !this.text.isEmpty && !isInvalid(block['input']) ? block : null
  }
}

const isServerTool = (type: string): boolean => type === 'server_tool_use' || type === 'mcp_tool_use'

/** Whether the block is useful without the deltas of an unknown kind: text and client tool calls are. */
const isUsefulIncomplete = (shell: Block): boolean => shell.type === 'text' || isOurs(shell)

/** Parses tool input strictly: a lenient parser would accept cut JSON, and give plausible but wrong input. */
function closed(block: GrowingBlock): Block {
  const whole = block.joined()
  if (block.kind !== 'toolInput') return whole
  const json = block.text.joined()
  const input = json.trim() === '' ? (block.shell['input'] ?? {}) : toolInputOf(json, { exact: isOurs(block.shell) })
  return Object.assign({}, whole, { input })
}

/** Whether a block is a call of a client tool, which is answered here. */
export const isOurs = ({ type }: Block): boolean => type === 'tool_use'

const isInvalid = (input: unknown): boolean => typeof input === 'object' && input !== null && 'INVALID_JSON' in input

/** Whether blocks of this type arrive without deltas (the API's streaming documentation). */
const arrivesWhole = ({ type }: Block): boolean =>
  type === 'fallback' || type === 'redacted_thinking' || type.endsWith('_tool_result')

const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
