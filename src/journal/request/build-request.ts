// Makes what is sent to the model. Nothing else makes requests, and what it makes is always accepted:
//   H1  Every tool_use is followed by its tool_result, first in the next user message, on every path; a settled
//       turn leaves no unresolved server tool use.
//   H2  No empty content, no empty text block, no whitespace-only final assistant text; an empty completed reply
//       leaves only its user message.
//   H3  An open or unsigned thinking block, an open tool call and a partial structured output are never in it.
//   H4  Thinking is replayed unmodified, or dropped as a whole up to the point where the target can take it.
//   H5  No quarantined turn.
//   H6  At most four cache breakpoints.
//   H7  `fallback`, `compaction` and server tool blocks obey their echo rules.
//   H8  Ids of tool calls are unique.
// The rules are the Messages API's own ("what makes a history un-sendable"); the simulator checks each of them.

import { type Block, type Message, plainText, toBlocks } from '../content.ts'
import { path, type Turn, type View } from '../view.ts'
import { limitCacheBreakpoints } from './cache-breakpoints.ts'
import { appendMessage } from './messages.ts'
import { replayReply, withoutReplaced } from './replay-reply.ts'
import { acceptableThinking } from './thinking.ts'
import { resultsFor, uniqueToolIds } from './tool-results.ts'

/** What the request is for: thinking and cache breakpoints depend on it. */
export interface RequestTarget {
  readonly model: string
  /** Hash of the system prompt and the tools: signed thinking is bound to them. */
  readonly promptHash: string
  /** Cache breakpoints that stand outside of the messages. Default 0. */
  readonly cacheBreakpoints?: number
  /** `anthropic-beta` value for compaction blocks. */
  readonly compactionBeta?: string
}

/** Something on the path that could not be sent, and why. */
export interface LeftOut {
  readonly turnId: string
  readonly what: 'thinking' | 'text' | 'tool-call' | 'server-tool' | 'reply' | 'cache-breakpoint'
  readonly why: string
}

export interface BuiltRequest {
  readonly messages: readonly Message[]
  /** `anthropic-beta` values that these messages need. */
  readonly betas: readonly string[]
  /** The container of the last reply on the path that left one. */
  readonly container: string | null
  readonly left: readonly LeftOut[]
}

/** Beta header that every request with a compaction block needs, as of today. */
export const compactionBeta = 'compact-2026-09-04'

/** The messages for the path from the root to head, and the open turn. */
export function buildRequest(view: View, target: RequestTarget): BuiltRequest {
  const settled = path(view, view.open ? view.open.parent : view.head)
  const whole = view.open ? [...settled, view.open] : settled
  const start = whole.findLastIndex(isCompacted)
  const turns = whole.slice(Math.max(0, start)).filter((turn) => turn.status !== 'refused')

  const left: LeftOut[] = []
  const thinking = acceptableThinking(turns, target, view.strippedThinking, left)
  let messages: Message[] = []
  for (const turn of turns) appendTurn(messages, turn, thinking, left)

  messages = uniqueToolIds(messages)
  messages = limitCacheBreakpoints(messages, 4 - (target.cacheBreakpoints ?? 0), (why) =>
    left.push({ turnId: turns.at(0)?.id ?? '', what: 'cache-breakpoint', why }),
  )
  const compacted = messages.some((message) => hasBlock(message, 'compaction'))
  return {
    messages,
    betas: compacted ? [target.compactionBeta ?? compactionBeta] : [],
    container: lastContainer(turns),
    left,
  }
}

function appendTurn(messages: Message[], turn: Turn, thinking: ReadonlySet<object>, left: LeftOut[]): void {
  if (turn.kind === 'compaction' && turn.status !== 'open') return appendCompaction(messages, turn)
  if (turn.input.length > 0) appendMessage(messages, { role: 'user', content: turn.input })
  turn.steps.forEach((step, index) => {
    // Results stand with the reply that asked for them.
    if (step.role === 'user') return
    const later = turn.steps.slice(index + 1)
    const nextReply = later.findIndex(({ role }) => role === 'assistant')
    const content = replayReply(turn, step, thinking.has(step), left)
    if (content.length === 0) return
    const last = messages.at(-1)
    if (last?.role === 'assistant' && content.some(({ type }) => type === 'fallback')) {
      messages.pop()
      appendMessage(messages, { role: 'assistant', content: withoutReplaced(turn, toBlocks(last.content), left) })
    }
    appendMessage(messages, { role: 'assistant', content })
    const recorded = (nextReply < 0 ? later : later.slice(0, nextReply)).flatMap((results) => results.content)
    // What a later reply was made upon is said alike before and after the turn settles.
    const cut = nextReply < 0 && turn.status !== 'open'
    const why = cut ? `the turn was ${turn.status}` : 'the turn went on without it'
    const results = resultsFor(content, recorded, why)
    if (results.length > 0) appendMessage(messages, { role: 'user', content: results })
  })
}

/** What stands for everything before: the API's own block, or a summary in words. */
function appendCompaction(messages: Message[], turn: Turn): void {
  const content = turn.steps.flatMap((step) => step.content)
  const block = content.find(({ type }) => type === 'compaction')
  if (block) return appendMessage(messages, { role: 'assistant', content: [block] })
  const text = `${summaryPreface}\n\n<summary>\n${plainText(content).trim()}\n</summary>`
  appendMessage(messages, { role: 'user', content: text })
}

const summaryPreface =
  'This conversation is longer than what you can see of it. What came before was summarised, by you, as follows. Go on from there.'

/** A turn that stands for everything before it: once it is whole. */
const isCompacted = (turn: Turn): boolean => turn.kind === 'compaction' && turn.status === 'completed'

const hasBlock = (message: Message, type: string) =>
  typeof message.content !== 'string' && message.content.some((block: Block) => block.type === type)

const lastContainer = (turns: readonly Turn[]): string | null =>
  turns
    .flatMap((turn) => turn.steps)
    .flatMap((step) => (step.role === 'assistant' && step.container !== undefined ? [step.container] : []))
    .at(-1) ?? null
