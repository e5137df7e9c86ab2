// What the next request contains, and what is left out of it.
import {
  type BuiltRequest,
  buildRequest,
  isWithdrawn,
  type Message,
  path,
  unansweredCalls,
  type View,
} from '../../journal/index.ts'
import type { PromptRecord } from '../../observe/records.ts'
import { cacheBreakpoints, excerpt, messageBytes } from '../../observe/sizes.ts'

interface RequestLine {
  readonly role: Message['role']
  readonly bytes: number
  readonly breakpoints: number
  /** Types of blocks: `text`, `tool_use` …, in order, without duplicates. */
  readonly blocks: readonly string[]
  readonly words: string
}

export interface RequestPreview {
  readonly messages: readonly RequestLine[]
  readonly bytes: number
  /** Including those of the system prompt and the tools. */
  readonly breakpoints: number
  readonly betas: readonly string[]
  readonly container: string | null
  /** Whether it is the request of the open turn. */
  readonly isUnderWay: boolean
  /** Number of its calls without an answer; the request waits for them. */
  readonly waitsFor: number
  /** `turn` is the number of the turn, in the order of opening, from 1. */
  readonly left: readonly { readonly turn: number; readonly what: string; readonly why: string }[]
}

export function previewOf(
  view: View,
  prompt: PromptRecord | null,
  numbers: ReadonlyMap<string, number>,
): RequestPreview {
  const target = {
    model: view.model,
    promptHash: prompt?.promptHash ?? '',
    cacheBreakpoints: prompt?.cacheBreakpoints ?? 0,
  }
  const built: BuiltRequest = buildRequest(view, target)
  return {
    messages: built.messages.map(lineOf),
    bytes: built.messages.reduce((sum, message) => sum + messageBytes(message), 0),
    breakpoints: target.cacheBreakpoints + cacheBreakpoints(built.messages),
    betas: built.betas,
    container: built.container,
    isUnderWay: view.open !== null,
    left: [...leftTurns(view), ...built.left].map(({ turnId, what, why }) => ({
      turn: numbers.get(turnId) ?? 0,
      what,
      why,
    })),
    waitsFor: unansweredCalls(view).length,
  }
}

const lineOf = (message: Message): RequestLine => ({
  role: message.role,
  bytes: messageBytes(message),
  breakpoints: cacheBreakpoints([message]),
  blocks: typeof message.content === 'string' ? ['text'] : [...new Set(message.content.map(({ type }) => type))],
  words: excerpt(message.content, 90),
})

/** Turns that are not in the request. */
export function leftTurns(
  view: View,
): readonly { readonly turnId: string; readonly what: string; readonly why: string }[] {
  const whole = path(view, view.open ? view.open.parent : view.head)
  const start = whole.findLastIndex(({ kind, status }) => kind === 'compaction' && status === 'completed')
  const summarised = new Set(whole.slice(0, Math.max(0, start)).map(({ id }) => id))
  const onPath = new Set(whole.map(({ id }) => id))
  return view.turns.flatMap(({ id, status, kept }) => {
    if (status === 'refused') return [{ turnId: id, what: 'turn', why: 'it was refused, and is never sent again' }]
    if (summarised.has(id)) return [{ turnId: id, what: 'turn', why: 'a summary stands for it' }]
    if (onPath.has(id)) return []
    if (isWithdrawn(view, id)) return [{ turnId: id, what: 'turn', why: 'a reset put it aside' }]
    return [{ turnId: id, what: 'turn', why: kept ? 'it is on another branch' : 'nothing of it was kept' }]
  })
}
