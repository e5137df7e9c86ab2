// Writes one message of the assistant as chunks: what has come since the last time. It compares what was sent with what is there, so a
// stream that begins late, or reads slowly, says the same as one that saw every delta.
//   U1  What was sent of a step is a beginning of the step. Where it is not, the step is void: it is reset, or marked as retracted.
//   U2  A tool's input is announced as available once its reply is stored: a client that runs the tool runs no call of a refused reply.
import type { Chunk } from './chunks.ts'
import type { Step } from './messages.ts'
import { isToolPart, toolNameOf, type ToolPart, type UiPart } from './ui-message.ts'

/** What was sent of a part. */
type SentPart =
  | { readonly type: 'text' | 'reasoning'; readonly id: string; length: number; end: string; isOpen: boolean }
  | { readonly type: 'tool'; readonly callId: string; rank: number; length: number }
  | { readonly type: 'whole'; readonly of: UiPart['type'] }

interface SentStep {
  readonly key: string
  readonly parts: SentPart[]
  readonly isNote: true | undefined
  isFinished: boolean
}

/** States of a tool call, in their order. */
const ranks: Readonly<Record<ToolPart['state'], number>> = {
  'input-streaming': 0,
  'input-available': 1,
  'approval-requested': 2,
  'approval-responded': 2,
  'output-available': 3,
  'output-error': 3,
  'output-denied': 3,
}

const rankOf = (state: string | undefined): number =>
  new Map<string, number>(Object.entries(ranks)).get(state ?? '') ?? -1

/** So many characters of what was sent are compared. */
const compared = 32

/** The options of a {@link MessageStream}. */
export interface MessageStreamOptions {
  /** The client knows the chunk `reset-step`: version 7 of the AI SDK. */
  readonly resetStep: boolean
}

export class MessageStream {
  readonly #resetStep: boolean
  readonly #sent: SentStep[] = []
  /** A step was reset, and is open for the next reply. */
  #isStepOpen = false

  constructor({ resetStep }: MessageStreamOptions) {
    this.#resetStep = resetStep
  }

  /**
   * Takes what a client shows as sent: everything up to the last reply with a call that it knows. Results are sent again.
   *
   * @param known states of calls, by call id
   */
  seed(all: readonly Step[], known: ReadonlyMap<string, string>): void {
    const steps = all.filter(isShown)
    const last = steps.findLastIndex(({ parts }) =>
      parts.some((part) => isToolPart(part) && known.has(part.toolCallId)),
    )
    for (const { key, parts, isNote } of steps.slice(0, last + 1)) {
      const sent = parts.map((part, index) => {
        const whole = sentPart(part, `${key}/${index}`)
        if (whole.type === 'tool') whole.rank = Math.min(rankOf(known.get(whole.callId)), 2)
        else if (whole.type !== 'whole' && 'text' in part) grow(whole, part.text, false)
        return whole
      })
      this.#sent.push({ key, parts: sent, isNote, isFinished: true })
    }
  }

  /** What is new. */
  chunks(all: readonly Step[], turnId: string): readonly Chunk[] {
    const out: Chunk[] = []
    const steps = all.filter(isShown)
    const stands = this.#sent.findIndex((sent, index) => !isBeginning(sent, steps[index]))
    if (stands >= 0) this.#retract(stands, turnId, out)
    for (const [index, step] of steps.entries()) this.#advance(index, step, out)
    return out
  }

  /** Ends what is open: nothing follows, for now. */
  end(): readonly Chunk[] {
    const out: Chunk[] = []
    const last = this.#sent.at(-1)
    if (last) this.#finish(last, out)
    else if (this.#isStepOpen) out.push({ type: 'finish-step' })
    this.#isStepOpen = false
    return out
  }

  /** Whether the last step ends with tool calls: some clients then send the results by themselves. */
  get endsWithCalls(): boolean {
    return this.#sent.at(-1)?.parts.some(({ type }) => type === 'tool') ?? false
  }

  #advance(index: number, { key, parts, isNote, isStored }: Step, out: Chunk[]): void {
    let sent = this.#sent[index]
    if (!sent) {
      const before = this.#sent[index - 1]
      if (before) this.#finish(before, out)
      sent = { key, parts: [], isNote, isFinished: isNote === true }
      this.#sent[index] = sent
      if (isNote && this.#isStepOpen) out.push({ type: 'finish-step' })
      else if (!isNote && !this.#isStepOpen) out.push({ type: 'start-step' })
      this.#isStepOpen = false
    }
    for (const [place, part] of parts.entries()) {
      const known = sent.parts[place]
      const now = known ?? sentPart(part, `${key}/${place}`)
      if (!known) sent.parts.push(now)
      update(now, part, known === undefined, out)
    }
    if (isStored && parts.every((part) => !isToolPart(part) || ranks[part.state] === 3)) this.#finish(sent, out)
  }

  #finish(step: SentStep, out: Chunk[]): void {
    for (const part of step.parts) close(part, out)
    if (!step.isFinished) out.push({ type: 'finish-step' })
    step.isFinished = true
  }

  #retract(from: number, turnId: string, out: Chunk[]): void {
    const gone = this.#sent.splice(from)
    const steps = gone.filter(({ isNote }) => !isNote)
    const last = steps.at(-1)
    if (!last) return
    const wasOpen = !last.isFinished
    if (this.#resetStep && wasOpen) {
      out.push({ type: 'reset-step' })
      this.#isStepOpen = true
      if (steps.length === 1) return
    } else {
      for (const part of last.parts) {
        close(part, out)
        if (part.type === 'tool' && part.rank < 3)
          out.push({ type: 'tool-output-error', toolCallId: part.callId, errorText: 'The reply was retracted.' })
      }
    }
    const id = `retracted:${last.key}`
    out.push({ type: 'data-retracted', id, data: { turnId, steps: steps.length } })
    if (wasOpen) out.push({ type: 'finish-step' })
    this.#isStepOpen = false
  }
}

/** A reply without anything to show needs no step. */
const isShown = ({ parts }: Step): boolean => parts.length > 0

/** Whether what was sent of a step is a beginning of what it is now. */
function isBeginning(sent: SentStep, step: Step | undefined): boolean {
  if (!step || step.key !== sent.key || step.parts.length < sent.parts.length) return false
  return sent.parts.every((part, index) => {
    const now = step.parts[index]
    if (!now) return false
    switch (part.type) {
      case 'tool':
        return isToolPart(now) && now.toolCallId === part.callId
      case 'whole':
        return now.type === part.of
      case 'text':
      case 'reasoning':
        return (
          now.type === part.type &&
          (part.isOpen || now.text.length === part.length) &&
          now.text.slice(Math.max(part.length - compared, 0), part.length) === part.end
        )
    }
  })
}

function sentPart(part: UiPart, id: string): SentPart {
  if (part.type === 'text' || part.type === 'reasoning')
    return { type: part.type, id, length: 0, end: '', isOpen: true }
  if (isToolPart(part)) return { type: 'tool', callId: part.toolCallId, rank: -1, length: 0 }
  return { type: 'whole', of: part.type }
}

function grow(part: Extract<SentPart, { id: string }>, text: string, isOpen: boolean): void {
  part.length = text.length
  part.end = text.slice(-compared)
  part.isOpen = isOpen
}

function close(part: SentPart, out: Chunk[]): void {
  if (part.type !== 'text' && part.type !== 'reasoning') return
  if (part.isOpen) out.push({ type: `${part.type}-end`, id: part.id })
  part.isOpen = false
}

function update(sent: SentPart, part: UiPart, isNew: boolean, out: Chunk[]): void {
  if (part.type === 'text' || part.type === 'reasoning') {
    if (sent.type !== 'text' && sent.type !== 'reasoning') return
    const { id } = sent
    if (isNew) out.push({ type: `${part.type}-start`, id })
    if (part.text.length > sent.length)
      out.push({ type: `${part.type}-delta`, id, delta: part.text.slice(sent.length) })
    const isOpen = sent.isOpen
    grow(sent, part.text, isOpen)
    if (part.state === 'done') close(sent, out)
  } else if (isToolPart(part)) {
    if (sent.type === 'tool') updateCall(sent, part, out)
  } else if (isNew && part.type !== 'step-start') out.push(part)
}

function updateCall(sent: Extract<SentPart, { type: 'tool' }>, part: ToolPart, out: Chunk[]): void {
  const { toolCallId, providerExecuted } = part
  const by = providerExecuted === undefined ? {} : { providerExecuted }
  const toolName = toolNameOf(part)
  if (part.state === 'input-streaming') {
    if (sent.rank < 0) out.push({ type: 'tool-input-start', toolCallId, toolName, ...by })
    if (part.rawInput.length > sent.length)
      out.push({ type: 'tool-input-delta', toolCallId, inputTextDelta: part.rawInput.slice(sent.length) })
    sent.length = part.rawInput.length
  } else if (sent.rank < 1) out.push({ type: 'tool-input-available', toolCallId, toolName, input: part.input, ...by })
  if (sent.rank < 2 && 'approval' in part)
    out.push({ type: 'tool-approval-request', approvalId: part.approval.id, toolCallId })
  if (sent.rank < 3) {
    if (part.state === 'output-available')
      out.push({ type: 'tool-output-available', toolCallId, output: part.output, ...by })
    if (part.state === 'output-error')
      out.push({ type: 'tool-output-error', toolCallId, errorText: part.errorText, ...by })
    if (part.state === 'output-denied') out.push({ type: 'tool-output-denied', toolCallId })
  }
  sent.rank = Math.max(sent.rank, ranks[part.state])
}
