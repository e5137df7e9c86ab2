import {
  type Block,
  buildRequest,
  type Content,
  emptyView,
  type Fact,
  fold,
  type RequestTarget,
  resetOf,
  type ResetPolicy,
  step,
  type SwitchCause,
  type TurnStatus,
  type Usage,
  type View,
} from '../../src/journal/index.ts'
import { signCompaction, signThinking } from '../../src/testing/index.ts'

type FactOf<Type extends Fact['type']> = Extract<Fact, { type: Type }>
type More<Type extends Fact['type']> = Partial<FactOf<Type>>

export const model = 'claude-opus-5-5'
export const otherModel = 'claude-opus-4-8'
const promptHash = 'prompt'
export const target: RequestTarget = { model, promptHash }
export const tokens: Usage = { inputTokens: 10, outputTokens: 5, cacheReadTokens: 2, cacheWriteTokens: 1 }

// Blocks
export const text = (said: string, more = {}): Block => ({ type: 'text', text: said, ...more })
export const call = (id: string, more = {}): Block => ({ type: 'tool_use', id, name: 'look', input: {}, ...more })
export const result = (id: string, more = {}): Block => ({
  type: 'tool_result',
  tool_use_id: id,
  content: `seen by ${id}`,
  ...more,
})
export const thinking = (thought: string, by = model): Block => ({
  type: 'thinking',
  thinking: thought,
  signature: signThinking(by, thought),
})
export const compaction = (content: string): Block => ({ ...signCompaction(content), type: 'compaction' })
/** Ids of the API's own tools have this form, and only this. */
const serverId = (id: string) => `srvtoolu_${id}`
export const search = (id: string): Block => ({
  type: 'server_tool_use',
  id: serverId(id),
  name: 'web_search',
  input: { query: 'x' },
})
export const found = (id: string): Block => ({ type: 'web_search_tool_result', tool_use_id: serverId(id), content: [] })
export const fallback: Block = { type: 'fallback', from: { model }, to: { model: otherModel } }
export const cached = { cache_control: { type: 'ephemeral' } }

// Facts
export const created: Fact = { type: 'conversation.created', v: 1, id: 'c1', model, at: 0 }

export const opened = (turnId: string, parent: string | null, more: More<'turn.opened'> = {}): Fact => ({
  type: 'turn.opened',
  turnId,
  parent,
  input: `Question ${turnId}`,
  at: 1,
  ...more,
})

export const replied = (turnId: string, content: readonly Block[], more: More<'reply.recorded'> = {}): Fact => ({
  type: 'reply.recorded',
  turnId,
  attempt: 1,
  model,
  promptHash,
  content,
  stopReason: content.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn',
  usage: tokens,
  ...more,
})

export const answered = (turnId: string, ...results: readonly Block[]): Fact => ({
  type: 'toolResults.recorded',
  turnId,
  results,
})

export const settled = (
  turnId: string,
  status: TurnStatus = 'completed',
  more: More<'turn.settled'> = {},
): FactOf<'turn.settled'> => ({
  type: 'turn.settled',
  turnId,
  status,
  kept: true,
  ...(status === 'failed' ? { failure: { code: 'overloaded', message: 'Busy.' } } : {}),
  ...more,
})

export const refusal = { category: null, explanation: 'not for users', textShown: true } as const

export const refused = (turnId: string, more: More<'turn.settled'> = {}): Fact =>
  settled(turnId, 'refused', { kept: false, refusal, ...more })

export const moved = (from: string | null, to: string | null, more: More<'head.moved'> = {}): Fact => ({
  type: 'head.moved',
  from,
  to,
  cause: 'switch',
  withdrawn: [],
  ...more,
})

export const queued = (turnId: string): FactOf<'input.queued'> => ({
  type: 'input.queued',
  turnId,
  input: `Question ${turnId}`,
  at: 2,
})

export const held: Fact = { type: 'queue.held' }

export const deferred = (turnId: string): Fact => ({ type: 'refusal.deferred', turnId })

export const budgetSet = (budget: FactOf<'budget.set'>['budget']): Fact => ({ type: 'budget.set', budget })

export const switched = (from: string, to: string, cause: SwitchCause = 'user'): Fact => ({
  type: 'model.switched',
  from,
  to,
  cause,
})

export const attemptFailed = (turnId: string, more: More<'attempt.failed'> = {}): Fact => ({
  type: 'attempt.failed',
  turnId,
  attempt: 1,
  model,
  failure: { code: 'overloaded', message: 'Busy.' },
  ...more,
})

export const stripped = (turnId: string): Fact => ({ type: 'thinking.stripped', turnId })
export const approvalRequested = (turnId: string, callId: string): Fact => ({
  type: 'approval.requested',
  turnId,
  callId,
})
export const approvalDecided = (turnId: string, callId: string, approved: boolean, reason?: string): Fact => ({
  type: 'approval.decided',
  turnId,
  callId,
  approved,
  ...(reason === undefined ? {} : { reason }),
})
export const answerRequested = (turnId: string, callId: string): Fact => ({ type: 'answer.requested', turnId, callId })
export const callStarted = (turnId: string, callId: string, more: { readonly again?: true } = {}): Fact => ({
  type: 'call.started',
  turnId,
  callId,
  ...more,
})

// Stories
/** A turn that was asked, answered and completed. */
export const completed = (
  turnId: string,
  parent: string | null,
  content: readonly Block[] = [text(`Answer ${turnId}`)],
) => [opened(turnId, parent), replied(turnId, content), settled(turnId)] as const

/** A turn that was refused. */
export const refusedTurn = (turnId: string, parent: string | null) => [opened(turnId, parent), refused(turnId)] as const

/** What was done about a refusal, with head on `head` before and after. */
export const decided = (turnId: string, head: string | null, policy: ResetPolicy): Fact =>
  moved(head, head, { cause: 'refusal', turnId, policy })

/** The reset by which a policy decides the refusal that is undecided in a view. */
export function decidedIn(view: View, policy: ResetPolicy): Fact {
  const { to, withdrawn } = resetOf(view, policy, 'refusal')
  return moved(view.head, to, {
    cause: 'refusal',
    policy,
    withdrawn,
    ...(view.undecided === null ? {} : { turnId: view.undecided }),
  })
}

/** The refused turn left, and nothing else. */
export const dropped = (turnId: string, head: string | null): Fact => decided(turnId, head, 'drop-turn')

/** A turn that was refused upon head, and left. */
export const droppedTurn = (turnId: string, head: string | null) =>
  [...refusedTurn(turnId, head), dropped(turnId, head)] as const

/** Other words are asked instead of what was refused upon head. */
export const askedInstead = (turnId: string, refusedId: string, head: string | null, words = 'Other words') =>
  [decided(refusedId, head, { rephrase: words }), opened(turnId, head, { replaces: refusedId, input: words })] as const

/** The same words are asked of another model instead. */
export const askedOther = (turnId: string, refusedId: string, head: string | null, input = `Question ${refusedId}`) =>
  [
    decided(refusedId, head, { fallback: otherModel, from: 'this-turn' }),
    opened(turnId, head, { replaces: refusedId, input }),
  ] as const

/** A turn that ended before anything of a reply had come. */
export const cameToNothing = (
  turnId: string,
  parent: string | null,
  status: TurnStatus = 'failed',
  more: More<'turn.opened'> = {},
) => [opened(turnId, parent, more), settled(turnId, status, { kept: false })] as const

/** `a`, `b`, `c`: each completed upon the one before. */
export const abc: readonly Fact[] = [created, ...completed('a', null), ...completed('b', 'a'), ...completed('c', 'b')]

/** `abc` after a reset that took `b` and `c` off the path. */
export const rewoundToA: readonly Fact[] = [...abc, moved('c', 'a', { cause: 'clear', withdrawn: ['b', 'c'] })]

export const viewOf = (...facts: readonly Fact[]): View => fold(facts)

/** The view after facts that `fold` may not take: `step` takes all. */
export const steppedThrough = (...facts: readonly Fact[]): View => facts.reduce(step, emptyView)

export const idsOf = (view: View): readonly string[] => view.turns.map(({ id }) => id)

/** What is sent for these facts. */
export const requestFor = (facts: readonly Fact[], to: RequestTarget = target) => buildRequest(fold(facts), to)

export const user = (content: Content) => ({ role: 'user', content }) as const
export const assistant = (...content: readonly Block[]) => ({ role: 'assistant', content }) as const

/** What was thrown. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (thrown) {
    return thrown
  }
  throw new Error('Nothing was thrown')
}
