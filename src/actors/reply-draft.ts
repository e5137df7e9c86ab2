import { type Block, hasText, type Iteration, noUsage, textOf, type Usage } from '../journal/index.ts'
import type { Draft, PartialReply } from '../../machines/index.ts'
import type { SourceEvent } from './message-source.ts'

type DeltaEvent = Extract<SourceEvent, { type: 'block.delta' }>

interface GrowingBlock {
  shell: Block
  /** What its deltas are; `null` before the first. */
  kind: DeltaEvent['kind'] | null
  /** Collected as they come and joined once: joining per delta would cost the length of the reply each time. */
  readonly chunks: string[]
  citations: unknown[]
  /** The block as it will stay. */
  closed: Block | null
}

const fieldOf = { text: 'text', thinking: 'thinking', toolInput: 'input' } as const

/** Gathers a reply's blocks. Constant work per delta; texts are joined when somebody reads. */
export class ReplyDraft implements Draft {
  readonly turnId: string
  readonly attempt: number
  model: string
  container: string | undefined
  stopReason: string | null = null
  readonly #requestedModel: string
  readonly #promptHash: string
  readonly #structured: boolean
  #iterations: readonly Iteration[] | undefined
  #fallbackCredit: Readonly<Record<string, unknown>> | undefined
  #servedAfterRefusal = false
  #usage: Usage = noUsage
  #size = 0
  #blocks: GrowingBlock[] = []

  constructor(of: { turnId: string; attempt: number; model: string; promptHash: string; structured: boolean }) {
    this.turnId = of.turnId
    this.attempt = of.attempt
    this.model = of.model
    this.#requestedModel = of.model
    this.#promptHash = of.promptHash
    this.#structured = of.structured
  }

  get size(): number {
    return this.#size
  }

  get usage(): Usage {
    return this.#usage
  }

  /** The rounds of the API's own loop, where it told them. */
  get iterations(): readonly Iteration[] | undefined {
    return this.#iterations
  }

  /** Later counts replace earlier ones: the API's are totals of the whole message, and leave out what stays. */
  count(usage: Partial<Usage>): void {
    this.#usage = { ...this.#usage, ...usage }
  }

  /** Further things that the API says of what the reply cost. */
  note({ iterations, fallbackCredit }: Extract<SourceEvent, { type: 'message.delta' }>): void {
    this.#iterations = iterations ?? this.#iterations
    this.#fallbackCredit = fallbackCredit ?? this.#fallbackCredit
    this.#servedAfterRefusal ||= iterations?.some(({ type }) => type === 'fallback_message') ?? false
  }

  /** A tool of the API's own was at work: what it did is done. */
  get usedServerTools(): boolean {
    return this.#all().some(({ shell }) => shell.type === 'server_tool_use' || shell.type === 'mcp_tool_use')
  }

  start(index: number, shell: Block): void {
    if (shell.type === 'fallback') this.#goOnWith(shell['to'])
    this.#blocks[index] = { shell, kind: null, chunks: [], citations: [], closed: null }
  }

  /** Adds a delta; `false` when there is no open block for it. */
  grow({ index, kind, text }: DeltaEvent): boolean {
    const block = this.#blocks[index]
    if (!block || block.closed) return false
    block.kind = kind
    block.chunks.push(text)
    this.#size++
    return true
  }

  patch(index: number, fields: Readonly<Record<string, unknown>>): void {
    const block = this.#blocks[index]
    if (block) block.shell = { ...block.shell, ...fields }
  }

  cite(index: number, citation: unknown): void {
    this.#blocks[index]?.citations.push(citation)
  }

  stop(index: number): void {
    const block = this.#blocks[index]
    if (block && !block.closed) block.closed = closeBlock(block)
  }

  blocks(): readonly Block[] {
    return this.#all().map((block) => block.closed ?? joined(block))
  }

  /** The whole reply, once it has ended. A block that was left open is kept only if it is text. */
  content(): readonly Block[] {
    return this.#all().flatMap((block) => {
      if (block.closed) return [block.closed]
      const text = joined(block)
      return textOf(text) === '' ? [] : [text]
    })
  }

  partial(): PartialReply {
    const content = this.#shown()
    return {
      ...this.#provenance(),
      content: content.some((block) => block.type !== 'text') || hasText(content) ? content : [],
      usage: { ...this.#usage, estimated: true },
      shown: this.#size > 0,
    }
  }

  /** What was shown and can stand by itself. Thinking that was cut is for the transcript: unsigned, it is never sent. */
  #shown(): readonly Block[] {
    return this.#all().flatMap((block) => {
      const shown = block.closed ?? joined(block)
      const isShown =
        block.closed !== null || textOf(shown) !== '' || (block.kind === 'thinking' && block.chunks.length > 0)
      return isShown ? [shown] : []
    })
  }

  finished() {
    return {
      ...this.#provenance(),
      content: this.content(),
      usage: this.#usage,
      ...(this.container === undefined ? {} : { container: this.container }),
      ...(this.#servedAfterRefusal ? { servedAfterRefusal: true as const } : {}),
      ...(this.#iterations ? { iterations: this.#iterations } : {}),
      ...(this.#fallbackCredit ? { fallbackCredit: this.#fallbackCredit } : {}),
    }
  }

  /** Forgets what was said: the text of a refused reply is kept nowhere. */
  discard(): void {
    this.#blocks = []
  }

  /** From a `fallback` block on, another model speaks; `message_start` may have named the one before. */
  #goOnWith(to: unknown): void {
    this.#servedAfterRefusal = true
    if (typeof to === 'object' && to !== null && 'model' in to && typeof to.model === 'string') this.model = to.model
  }

  #provenance() {
    return {
      model: this.model,
      ...(this.#requestedModel === this.model ? {} : { requestedModel: this.#requestedModel }),
      promptHash: this.#promptHash,
      ...(this.#structured ? { structured: true as const } : {}),
    }
  }

  /** Blocks in their order; an index that was never started is skipped. */
  #all(): GrowingBlock[] {
    return this.#blocks.filter((block) => block !== undefined)
  }
}

/** The block with what has come of it. A tool call in progress shows its input as the text that it still is. */
function joined({ shell, kind, chunks, citations }: GrowingBlock): Block {
  const text = chunks.join('')
  const cited = citations.length > 0 ? { ...shell, citations: [...asArray(shell['citations']), ...citations] } : shell
  if (kind === null || text === '') return cited
  const field = fieldOf[kind]
  const begun = cited[field]
  return { ...cited, [field]: typeof begun === 'string' ? begun + text : text }
}

/** Tool input is parsed here and strictly: a cut JSON that parses leniently is plausible, and wrong. */
function closeBlock(block: GrowingBlock): Block {
  const whole = joined(block)
  if (block.kind !== 'toolInput') return whole
  const json = block.chunks.join('')
  return { ...whole, input: json.trim() === '' ? (block.shell['input'] ?? {}) : parseInput(json) }
}

/** What the API asks to be told of input that is not a JSON object: the text itself, under this name. */
function parseInput(json: string): unknown {
  try {
    const input: unknown = JSON.parse(json)
    return typeof input === 'object' && input !== null && !Array.isArray(input) ? input : { INVALID_JSON: json }
  } catch {
    return { INVALID_JSON: json }
  }
}

const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
