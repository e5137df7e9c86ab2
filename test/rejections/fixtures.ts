// Journals in which requests were rejected, written as facts.
import type { Fact, View } from '../../src/index.ts'
import { fold, type Part, type Pointed } from '../../src/journal/index.ts'

const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 }

export const created: Fact = { type: 'conversation.created', v: 1, id: 'c1', model: 'm1', at: 1 }

export const opened = (turnId: string, parent: string | null, input: Extract<Fact, { type: 'turn.opened' }>['input']) =>
  ({ type: 'turn.opened', turnId, parent, input, at: 1 }) satisfies Fact

export const replied = (turnId: string, text = `re ${turnId}`) =>
  ({
    type: 'reply.recorded',
    turnId,
    attempt: 1,
    model: 'm1',
    promptHash: 'p',
    content: [{ type: 'text', text }],
    stopReason: 'end_turn',
    usage,
  }) satisfies Fact

export const called = (turnId: string, callId: string, name: string): readonly Fact[] => [
  {
    ...replied(turnId),
    content: [{ type: 'tool_use', id: callId, name, input: {} }],
    stopReason: 'tool_use',
  },
  { type: 'call.started', turnId, callId },
  {
    type: 'toolResults.recorded',
    turnId,
    results: [{ type: 'tool_result', tool_use_id: callId, content: `from ${name}` }],
  },
]

export const completed = (turnId: string) =>
  ({ type: 'turn.settled', turnId, status: 'completed', kept: true }) satisfies Fact

/** Completed turns, one upon the other: `t1`, `t2` … */
export const turns = (count: number): readonly Fact[] => [
  created,
  ...Array.from({ length: count }, (_, index) => {
    const id = `t${index + 1}`
    return [opened(id, index === 0 ? null : `t${index}`, `ask ${id}`), replied(id), completed(id)]
  }).flat(),
]

export const rejected = (
  turnId: string,
  more: {
    readonly status?: number
    readonly pointed?: Pointed
    readonly fields?: Readonly<Record<string, string>>
  } = {},
): Fact => ({
  type: 'request.rejected',
  turnId,
  attempt: 1,
  model: 'm1',
  failure: { code: 'request-invalid', message: 'no', status: more.status ?? 400 },
  fields: more.fields ?? {},
  thinking: false,
  ...(more.pointed === undefined ? {} : { pointed: more.pointed }),
})

export const setAside = (turnId: string, ...parts: readonly Part[]): Fact => ({
  type: 'context.setAside',
  turnId,
  parts,
})

export const viewOf = (...facts: readonly (Fact | readonly Fact[])[]): View => fold(facts.flat())
