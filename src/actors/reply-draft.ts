import {
  type Block,
  hasText,
  isNestedDeeper,
  type Iteration,
  noUsage,
  parsedToolInput,
  textOf,
  toolInputOf,
  type Usage,
  wellFormed,
} from '../journal/index.ts'
import type { Draft, PartialReply, RefusedReply } from '../../machines/index.ts'
import type { Foreseen } from './arrival.ts'
import type { SourceEvent } from './message-source.ts'

type DeltaEvent = Extract<SourceEvent, { type: 'block.delta' }>
type MessageDelta = Extract<SourceEvent, { type: 'message.delta' }>

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

interface DraftOptions {
  readonly turnId: string
  readonly attempt: number
  readonly model: string
  readonly promptHash: string
  readonly structured: boolean
  /** It is for the model, not for people: a summary. */
  readonly isHidden?: boolean
}

/** Gathers a reply's blocks. Constant work per delta; texts are joined when somebody reads. */
export class ReplyDraft implements Draft {
  readonly turnId: string
  readonly attempt: number
  model: string
  container: string | undefined
  stopReason: string | null = null
  /** Hashes of the fields that the request carried beside its messages. */
  fields: Readonly<Record<string, string>> = {}
  /** Looks through what has arrived and was not taken yet. */
  foresee: () => Foreseen = () => null
  readonly #requestedModel: string
  readonly #promptHash: string
  readonly #structured: boolean
  readonly #isHidden: boolean
  #iterations: readonly Iteration[] | undefined
  #fallbackCredit: Readonly<Record<string, unknown>> | undefined
  #servedAfterRefusal = false
  #usage: Usage = noUsage
  #size = 0
  #blocks: GrowingBlock[] = []

  constructor(of: DraftOptions) {
    this.turnId = of.turnId
    this.attempt = of.attempt
    this.model = of.model
    this.#requestedModel = of.model
    this.#promptHash = of.promptHash
    this.#structured = of.structured
    this.#isHidden = of.isHidden ?? false
  }

  get size(): number {
    return this.#size
  }

  /** Something of it had been shown to people. */
  get isShown(): boolean {
    return this.#size > 0 && !this.#isHidden
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
  note({ iterations, fallbackCredit }: MessageDelta): void {
    this.#iterations = iterations ?? this.#iterations
    this.#fallbackCredit = fallbackCredit ?? this.#fallbackCredit
    this.#servedAfterRefusal ||= iterations?.some(({ type }) => type === 'fallback_message') ?? false
  }

  /** A tool of the API's own was at work: what it did is done. */
  get usedServerTools(): boolean {
    return this.#all().some(({ shell }) => shell.type === 'server_tool_use' || shell.type === 'mcp_tool_use')
  }

  /** What arrives whole stands from its start on: a cut before its stop event loses nothing of it. */
  start(index: number, given: Block): void {
    const shell = sendable(given)
    if (shell.type === 'fallback') this.#goOnWith(shell['to'])
    const closed = arrivesWhole(shell) ? shell : null
    this.#blocks[index] = { shell, kind: null, chunks: [], citations: [], closed }
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
    if (block) block.shell = sendable({ ...block.shell, ...fields })
  }

  cite(index: number, citation: unknown): void {
    this.#blocks[index]?.citations.push(isNestedDeeper(citation) ? tooDeep : citation)
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
    const foreseen = this.foresee()
    // What came so far is another model's than what comes next, and was refused.
    const rounds = foreseen?.kind === 'rounds' ? foreseen.iterations : this.#iterations
    const isVoid = foreseen?.kind === 'refusal' || foreseen?.kind === 'boundary' || this.#hasLostBoundary(rounds)
    const content = isVoid ? [] : this.#shown().map((block) => wellFormed(block))
    return {
      ...this.#provenance(),
      content: content.some((block) => block.type !== 'text') || hasText(content) ? content : [],
      usage: { ...this.#usage, estimated: true },
      shown: this.isShown,
      ...(foreseen?.kind === 'refusal' ? { refusal: this.refusedBy(foreseen.delta) } : {}),
    }
  }

  /** What the API refused, as its last event says it. */
  refusedBy(delta: MessageDelta): RefusedReply {
    const { category = null, explanation = null, usage, iterations = this.#iterations } = delta
    return {
      refusal: {
        category,
        explanation,
        textShown: this.isShown,
        model: this.model,
        promptHash: this.#promptHash,
      },
      usage: { ...this.#usage, ...usage },
      ...(iterations ? { iterations } : {}),
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
      content: this.#hasLostBoundary(this.#iterations) ? [] : this.content().map((block) => wellFormed(block)),
      usage: this.#usage,
    }
  }

  /** A round was refused in the middle of its text, and no `fallback` block says where that text ends. */
  #hasLostBoundary(rounds: readonly Iteration[] = []): boolean {
    const served = rounds.findLastIndex(({ type }) => type === 'fallback_message')
    const hasRefusedText = rounds
      .slice(0, served)
      .some(({ type, usage }) => type === 'message' && usage.outputTokens > 1)
    return hasRefusedText && !this.#all().some(({ shell }) => shell.type === 'fallback')
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
      ...(Object.keys(this.fields).length > 0 ? { fields: this.fields } : {}),
      ...(this.container === undefined ? {} : { container: this.container }),
      ...(this.#servedAfterRefusal ? { servedAfterRefusal: true as const } : {}),
      ...(this.#iterations ? { iterations: this.#iterations } : {}),
      ...(this.#fallbackCredit ? { fallbackCredit: this.#fallbackCredit } : {}),
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
  const input = json.trim() === '' ? (block.shell['input'] ?? {}) : toolInputOf(json, { exact: isOurs(block.shell) })
  return { ...whole, input }
}

/** A call that is answered here, unlike the API's own. */
const isOurs = ({ type }: Block): boolean => type === 'tool_use'

/** What comes parsed, as it may be kept: facts are walked, hashed and sent, so they are nested to a limit. */
function sendable(shell: Block): Block {
  const fields = Object.entries(shell).map(([name, value]) => [
    name,
    name === 'input' ? parsedToolInput(value, { exact: isOurs(shell) }) : isNestedDeeper(value) ? tooDeep : value,
  ])
  return { ...Object.fromEntries(fields), type: shell.type }
}

const tooDeep = '[What stood here was nested too deeply to be kept.]'

/** Blocks of which no part follows in a delta (the API's streaming documentation). */
const arrivesWhole = ({ type }: Block): boolean =>
  type === 'fallback' || type === 'redacted_thinking' || type.endsWith('_tool_result')

const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
