import { TurnstateError } from '../errors.ts'
import { type Block, endsTurn, hasText, type Iteration, type RefusedHop, wellFormed } from '../journal/index.ts'
import type { Draft, PartialReply, RefusedReply } from '../../machines/index.ts'
import { type Ahead, nothingAhead } from './arrival.ts'
import { DraftBlocks } from './draft-blocks.ts'
import type { GrowingBlock } from './growing-block.ts'
import { gathered, hopTold, nothingGathered } from './message-evidence.ts'
import type { SourceEvent } from '../source/message-source.ts'

type DeltaEvent = Extract<SourceEvent, { type: 'block.delta' }>
type MessageStart = Extract<SourceEvent, { type: 'message.started' }>
type MessageDelta = Extract<SourceEvent, { type: 'message.delta' }>
type BlockStart = Extract<SourceEvent, { type: 'block.started' }>

interface DraftOptions {
  readonly turnId: string
  readonly attempt: number
  readonly model: string
  readonly promptHash: string
  readonly structured: boolean
  /** It is for the model, not for people: a summary. */
  readonly isHidden?: boolean
  /** Ids of calls in other replies of the turn. */
  readonly callIds?: Iterable<string>
}

/** Gathers a reply's blocks. Constant work per delta; texts are joined when somebody reads. */
export class ReplyDraft implements Draft {
  readonly turnId: string
  readonly attempt: number
  model: string
  stopReason: string | null = null
  /** Hashes of the fields that the request carried beside its messages. */
  fields: Readonly<Record<string, string>> = {}
  /** What has arrived and was not taken yet. */
  ahead: Ahead = nothingAhead
  readonly #requestedModel: string
  readonly #promptHash: string
  readonly #structured: boolean
  readonly #isHidden: boolean
  #iterations: readonly Iteration[] | undefined
  #fallbackCredit: Readonly<Record<string, unknown>> | undefined
  #servedAfterRefusal = false
  #gathered = nothingGathered
  #hops: readonly RefusedHop[] = []
  #deltas = 0
  #citations = 0
  /** Words that people read came as a delta: text, or thinking. */
  #hasWords = false
  /** The message that the stream is about, once it has said so. */
  #message: MessageStart | null = null
  readonly #blocks: DraftBlocks

  constructor(of: DraftOptions) {
    this.turnId = of.turnId
    this.attempt = of.attempt
    this.model = of.model
    this.#requestedModel = of.model
    this.#promptHash = of.promptHash
    this.#structured = of.structured
    this.#isHidden = of.isHidden ?? false
    this.#blocks = new DraftBlocks(of.callIds ?? [], (count) => `call_${of.attempt}_${count}`)
  }

  get size(): number {
    return this.#deltas + this.#citations
  }

  /** Deltas so far. */
  get deltas(): number {
    return this.#deltas
  }

  /** Words of it had been shown to people. The input of a tool call is for the tool. */
  get isShown(): boolean {
    return this.#hasWords && !this.#isHidden
  }

  /** The API's id of the request, once it has answered. */
  get requestId(): string | undefined {
    return this.#gathered.evidence.requestId
  }

  /** The API has answered. */
  open(event: Extract<SourceEvent, { type: 'opened' }>): void {
    this.#gathered = gathered(this.#gathered, event)
  }

  /** How the message ends, or what the API says of it on the way. */
  note(event: MessageDelta): void {
    this.#blocks.hold(lengthOf(event))
    const { stopReason, iterations, fallbackCredit } = event
    this.#gathered = gathered(this.#gathered, event)
    this.stopReason = stopReason ?? this.stopReason
    this.#iterations = iterations ?? this.#iterations
    this.#fallbackCredit = fallbackCredit ?? this.#fallbackCredit
    this.#servedAfterRefusal ||= iterations?.some(({ type }) => type === 'fallback_message') ?? false
  }

  /** A tool of the API's own was at work: what it did is done. */
  get usedServerTools(): boolean {
    return this.#blocks.all.some(({ shell }) => shell.type === 'server_tool_use' || shell.type === 'mcp_tool_use')
  }

  /**
   * The message begins. Some peers say so twice.
   * @throws TurnstateError `stream-malformed` when it is another message
   */
  begin(message: MessageStart): void {
    const { model, id } = message
    if (this.#message) {
      if (id !== undefined && this.#message.id !== undefined && id !== this.#message.id) throw secondMessage()
      return
    }
    this.#message = message
    this.model = model || this.model
    this.#gathered = gathered(this.#gathered, message)
  }

  start({ index, block }: BlockStart): void {
    if (block.type === 'fallback') this.#goOnAfter(block)
    this.#blocks.start(index, block)
  }

  /** Adds a delta; `false` when there is no open block that it fits. */
  grow({ index, kind, text }: DeltaEvent): boolean {
    const block = this.#blocks.open(index)
    if (!block?.takes(kind)) return false
    block.kind = kind
    this.#blocks.append(block, text)
    this.#deltas++
    this.#hasWords ||= kind !== 'toolInput' && text !== ''
    return true
  }

  /** Something came that nobody here can read, for a block perhaps. Those who listen keep it. */
  miss({ event, index }: Extract<SourceEvent, { type: 'unknown' }>): void {
    this.#blocks.hold(lengthOf(event))
    const block = index === undefined ? null : this.#blocks.open(index)
    if (block) block.isHollow = true
  }

  patch(index: number, fields: Readonly<Record<string, unknown>>): void {
    this.#blocks.patch(index, fields)
  }

  /** Adds a citation; `false` when there is no open block for it. */
  cite(index: number, citation: unknown): boolean {
    const isTaken = this.#blocks.cite(index, citation)
    if (isTaken) this.#citations++
    return isTaken
  }

  stop(index: number): void {
    this.#blocks.open(index)?.close()
  }

  blocks(): readonly Block[] {
    return this.#blocks.all.map((block) => block.closed ?? block.joined())
  }

  /** The whole reply, once it has ended. */
  content(): readonly Block[] {
    return this.#each((block) => block.atTheEnd())
  }

  partial(): PartialReply {
    const foreseen = this.ahead.foresee()
    // What came so far is another model's than what comes next, and was refused.
    const rounds = foreseen?.kind === 'rounds' ? foreseen.iterations : this.#iterations
    const isVoid = foreseen?.kind === 'refusal' || foreseen?.kind === 'boundary' || this.#hasLostBoundary(rounds)
    const content = isVoid ? [] : this.#each((block) => block.shown()).map((block) => wellFormed(block))
    return {
      ...this.#provenance(),
      content: content.some((block) => block.type !== 'text') || hasText(content) ? content : [],
      usage: { ...this.#gathered.usage, estimated: true },
      shown: this.isShown,
      ...(isVoid && foreseen?.kind !== 'refusal' ? { isVoid } : {}),
      ...(this.#hasArrived() ? { arrivedWhole: true as const } : {}),
      ...(foreseen?.kind === 'refusal' ? { refusal: this.refusedBy(foreseen.delta) } : {}),
    }
  }

  /** What the API refused, as its last event says it. */
  refusedBy(delta: MessageDelta): RefusedReply {
    const { category = null, explanation = null, recommendedModel, iterations = this.#iterations } = delta
    const { usage, evidence } = gathered(this.#gathered, delta)
    return {
      ...evidence,
      ...(this.#hops.length > 0 ? { hops: this.#hops } : {}),
      refusal: {
        category,
        explanation,
        textShown: this.isShown,
        model: this.model,
        promptHash: this.#promptHash,
        ...(recommendedModel === undefined ? {} : { recommendedModel }),
      },
      usage,
      ...(iterations ? { iterations } : {}),
    }
  }

  finished() {
    return {
      ...this.#provenance(),
      content: this.#hasLostBoundary(this.#iterations) ? [] : this.content().map((block) => wellFormed(block)),
      usage: this.#gathered.usage,
    }
  }

  /** Nothing is to come any more, and nothing follows it. */
  #hasArrived(): boolean {
    const rest = this.ahead.untilEnd()
    if (rest === null || this.#isHidden) return false
    const last = rest.findLast((event) => event.type === 'message.delta' && event.stopReason !== null)
    const stopReason = last?.type === 'message.delta' ? last.stopReason : this.stopReason
    const begun = rest.flatMap((event) => (event.type === 'block.started' ? [event.block] : []))
    return endsTurn(stopReason, [...this.#blocks.all.map(({ shell }) => shell), ...begun])
  }

  /** A round was refused in the middle of its text, and no `fallback` block says where that text ends. */
  #hasLostBoundary(rounds: readonly Iteration[] = []): boolean {
    const served = rounds.findLastIndex(({ type }) => type === 'fallback_message')
    const hasRefusedText = rounds
      .slice(0, served)
      .some(({ type, usage }) => type === 'message' && usage.outputTokens > 1)
    return hasRefusedText && !this.#blocks.all.some(({ shell }) => shell.type === 'fallback')
  }

  /** Forgets what was said: the text of a refused reply is kept nowhere. */
  discard(): void {
    this.#blocks.discard()
  }

  /** From a `fallback` block on, another model speaks; `message_start` may have named the one before. */
  #goOnAfter(fallback: Block): void {
    const { hop, next } = hopTold(fallback, this.model, this.isShown)
    this.#hops = [...this.#hops, hop]
    this.#servedAfterRefusal = true
    this.model = next
  }

  #provenance() {
    const { container, evidence } = this.#gathered
    return {
      ...evidence,
      ...(this.#hops.length > 0 ? { hops: this.#hops } : {}),
      model: this.model,
      ...(this.#requestedModel === this.model ? {} : { requestedModel: this.#requestedModel }),
      promptHash: this.#promptHash,
      ...(this.#structured ? { structured: true as const } : {}),
      ...(Object.keys(this.fields).length > 0 ? { fields: this.fields } : {}),
      ...(container === undefined ? {} : { container }),
      ...(this.#servedAfterRefusal ? { servedAfterRefusal: true as const } : {}),
      ...(this.#iterations ? { iterations: this.#iterations } : {}),
      ...(this.#fallbackCredit ? { fallbackCredit: this.#fallbackCredit } : {}),
    }
  }

  #each(read: (block: GrowingBlock) => Block | null): readonly Block[] {
    return this.#blocks.kept(read)
  }
}

/** Characters of data as JSON; 0 for what JSON can't hold. */
function lengthOf(data: unknown): number {
  try {
    return JSON.stringify(data)?.length ?? 0
  } catch {
    return 0
  }
}

const secondMessage = (): TurnstateError =>
  new TurnstateError(
    'stream-malformed',
    'Another message began in the middle of the reply. Something between here and the API mixes streams up: check the proxies on the way.',
  )
