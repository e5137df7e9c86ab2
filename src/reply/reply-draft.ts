import { TurnstateError } from '../errors.ts'
import { type Block, endsTurn, hasText, type Iteration, type RefusedHop, wellFormed } from '../journal/index.ts'
import type { Arriving, Draft, PartialReply, RefusedReply } from '../../machines/index.ts'
import { type Ahead, nothingAhead } from './arrival.ts'
import { DraftBlocks } from './draft-blocks.ts'
import type { GrowingBlock } from './growing-block.ts'
import { gathered, nothingGathered, readHop } from './message-evidence.ts'
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
  /** The reply is a summary: for the model, not for people. Default false. */
  readonly isHidden?: boolean
  /** Ids of calls in other replies of the turn. */
  readonly callIds?: Iterable<string>
  /** The time in milliseconds. Default: it stands still, so nothing is measured. */
  readonly now?: (() => number) | undefined
}

/** Gathers the blocks of a reply. The cost per delta is constant; texts are joined when they are read. */
export class ReplyDraft implements Draft {
  readonly turnId: string
  readonly attempt: number
  model: string
  stopReason: string | null = null
  /** Hashes of the fields that the request carried beside its messages. */
  fields: Readonly<Record<string, string>> = {}
  /** The events that have arrived and are not taken yet. */
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
  /** A delta with text or thinking has arrived. */
  #hasWords = false
  /** The start of the message; `null` until it arrives. */
  #message: MessageStart | null = null
  readonly #blocks: DraftBlocks
  /** Whoever hears what arrives. */
  #listener: ((arriving: Arriving) => void) | null = null

  constructor(of: DraftOptions) {
    this.turnId = of.turnId
    this.attempt = of.attempt
    this.model = of.model
    this.#requestedModel = of.model
    this.#promptHash = of.promptHash
    this.#structured = of.structured
    this.#isHidden = of.isHidden ?? false
    this.#blocks = new DraftBlocks(of.callIds ?? [], (count) => `call_${of.attempt}_${count}`, of.now ?? (() => 0))
  }

  get size(): number {
    return this.#deltas + this.#citations
  }

  /** Deltas so far. */
  get deltas(): number {
    return this.#deltas
  }

  /** Whether people have seen a part of the reply: text or thinking. The input of a tool call does not count. */
  get isShown(): boolean {
    return this.#hasWords && !this.#isHidden
  }

  /** The API's id of the request; `undefined` until it answers. */
  get requestId(): string | undefined {
    return this.#gathered.evidence.requestId
  }

  hear(listener: (arriving: Arriving) => void): void {
    this.#listener = listener
  }

  /** Tells the listener. */
  tell(arriving: Arriving): void {
    this.#listener?.(arriving)
  }

  /** Notes that the API has answered. */
  open(event: Extract<SourceEvent, { type: 'opened' }>): void {
    this.#gathered = gathered(this.#gathered, event)
  }

  /** Notes how the message ends, or what the API reports about it before. */
  note(event: MessageDelta): void {
    this.#blocks.hold(lengthOf(event))
    const { stopReason, iterations, fallbackCredit } = event
    this.#gathered = gathered(this.#gathered, event)
    this.stopReason = stopReason ?? this.stopReason
    this.#iterations = iterations ?? this.#iterations
    this.#fallbackCredit = fallbackCredit ?? this.#fallbackCredit
    this.#servedAfterRefusal ||= iterations?.some(({ type }) => type === 'fallback_message') ?? false
  }

  /** Whether a server tool was used, whose effects can't be undone. */
  get usedServerTools(): boolean {
    return this.#blocks.all.some(({ shell }) => shell.type === 'server_tool_use' || shell.type === 'mcp_tool_use')
  }

  /**
   * Notes that the message begins. Some gateways send this event twice.
   *
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

  /** Adds a delta. Returns `false` if no open block accepts it. */
  grow({ index, kind, text }: DeltaEvent): boolean {
    const block = this.#blocks.open(index)
    if (!block?.takes(kind)) return false
    block.kind = kind
    this.#blocks.append(block, text)
    this.#deltas++
    this.#hasWords ||= kind !== 'toolInput' && text !== ''
    return true
  }

  /** Notes an unknown event. If it is for an open block, that block's content is incomplete. */
  miss({ event, index }: Extract<SourceEvent, { type: 'unknown' }>): void {
    this.#blocks.hold(lengthOf(event))
    const block = index === undefined ? null : this.#blocks.open(index)
    if (block) block.isHollow = true
  }

  patch(index: number, fields: Readonly<Record<string, unknown>>): void {
    this.#blocks.patch(index, fields)
  }

  /** Adds a citation. Returns `false` if there is no open block for it. */
  cite(index: number, citation: unknown): boolean {
    const isTaken = this.#blocks.cite(index, citation)
    if (isTaken) this.#citations++
    return isTaken
  }

  stop(index: number): void {
    this.#blocks.stop(index)
  }

  blocks(): readonly Block[] {
    return this.#blocks.all.map((block) => block.closed ?? block.joined())
  }

  thinkingTimes(): readonly (number | null)[] {
    return this.#blocks.all.flatMap(({ shell, took }) => (shell.type === 'thinking' ? [took] : []))
  }

  /** The whole reply, once it has ended. */
  content(): readonly Block[] {
    return this.#each((block) => block.atTheEnd())
  }

  partial(): PartialReply {
    const foreseen = this.ahead.foresee()
    // Nothing is kept if a refusal or another model's text follows: the text so far was refused.
    const rounds = foreseen?.kind === 'rounds' ? foreseen.iterations : this.#iterations
    const isVoid = foreseen?.kind === 'refusal' || foreseen?.kind === 'boundary' || this.#hasLostBoundary(rounds)
    const content = isVoid ? [] : this.#each((block) => block.shown()).map((block) => wellFormed(block))
    const isKept = content.some((block) => block.type !== 'text') || hasText(content)
    return {
      ...this.#provenance(),
      content: isKept ? content : [],
      ...(isKept ? this.#times((block) => block.shown()) : {}),
      usage: { ...this.#gathered.usage, estimated: true },
      shown: this.isShown,
      ...(isVoid && foreseen?.kind !== 'refusal' ? { isVoid } : {}),
      ...(this.#hasArrived() ? { arrivedWhole: true as const } : {}),
      ...(foreseen?.kind === 'refusal' ? { refusal: this.refusedBy(foreseen.delta) } : {}),
    }
  }

  /** The refusal that the last event of the message reports. */
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
    const isVoid = this.#hasLostBoundary(this.#iterations)
    return {
      ...this.#provenance(),
      content: isVoid ? [] : this.content().map((block) => wellFormed(block)),
      ...(isVoid ? {} : this.#times((block) => block.atTheEnd())),
      usage: this.#gathered.usage,
    }
  }

  /** Whether the rest of the reply has arrived, and ends the turn. */
  #hasArrived(): boolean {
    const rest = this.ahead.untilEnd()
    if (rest === null || this.#isHidden) return false
    const last = rest.findLast((event) => event.type === 'message.delta' && event.stopReason !== null)
    const stopReason = last?.type === 'message.delta' ? last.stopReason : this.stopReason
    const begun = rest.flatMap((event) => (event.type === 'block.started' ? [event.block] : []))
    return endsTurn(stopReason, [...this.#blocks.all.map(({ shell }) => shell), ...begun])
  }

  /** Whether an iteration was refused in the middle of its text and no `fallback` block shows where that text ends. */
  #hasLostBoundary(rounds: readonly Iteration[] = []): boolean {
    const served = rounds.findLastIndex(({ type }) => type === 'fallback_message')
    const hasRefusedText = rounds
      .slice(0, served)
      .some(({ type, usage }) => type === 'message' && usage.outputTokens > 1)
    return hasRefusedText && !this.#blocks.all.some(({ shell }) => shell.type === 'fallback')
  }

  /** Discards the content: the text of a refused reply is kept nowhere. */
  discard(): void {
    this.#blocks.discard()
  }

  /** Notes that another model continues after a `fallback` block; `message_start` may have named the one before. */
  #goOnAfter(fallback: Block): void {
    const { hop, next } = readHop(fallback, this.model, this.isShown)
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

  /** How long it thought. A clock that stands still has measured nothing. */
  #times(read: (block: GrowingBlock) => Block | null): { readonly thinkingTimes?: readonly number[] } {
    const times = this.#blocks.thinkingTimes(read)
    return times.some((took) => took > 0) ? { thinkingTimes: times } : {}
  }

  #each(read: (block: GrowingBlock) => Block | null): readonly Block[] {
    return this.#blocks.kept(read)
  }
}

/** Characters of data as JSON; 0 for data that JSON can't hold. */
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
    'Another message began in the middle of the reply. Two streams were mixed: check the proxies between here and the API.',
  )
