import type { SnapshotFrom } from 'xstate'
import type { ConversationContext, conversationMachine, Draft } from '../../machines/index.ts'
import { type MessageParam, toMessageParams } from '../claude/sdk-types.ts'
import {
  assistantPart,
  buildRequest,
  type RequestTarget,
  transcript,
  type TranscriptItem,
  type View,
} from '../journal/index.ts'

export type ConversationSnapshot = SnapshotFrom<typeof conversationMachine>

/** The state, in the words of other chat clients. */
export type ConversationStatus =
  | 'ready'
  | 'submitted'
  | 'streaming'
  | 'awaiting-approval'
  | 'refused'
  | 'error'
  | 'closed'

export function statusOf(snapshot: ConversationSnapshot): ConversationStatus {
  if (snapshot.status !== 'active' || snapshot.matches('closing')) return 'closed'
  if (snapshot.matches({ failed: 'saved' })) return 'error'
  if (snapshot.hasTag('ready')) return 'ready'
  if (snapshot.matches('refused') || snapshot.matches('reset')) return 'refused'
  if (snapshot.matches('tools') && snapshot.context.view.awaitingApproval.length > 0) return 'awaiting-approval'
  const isWaiting = ['loading', { streaming: 'opening' }, 'waitingToRetry'] as const
  return isWaiting.some((state) => snapshot.matches(state)) ? 'submitted' : 'streaming'
}

/** Whether a message that is sent now is taken: opened, or queued. */
export const canSend = (snapshot: ConversationSnapshot): boolean =>
  snapshot.status === 'active' &&
  !snapshot.matches('closing') &&
  (snapshot.hasTag('ready') || snapshot.context.settings.whenBusy !== 'reject')

/** The transcript with the reply in progress. The same array as long as nothing changed. */
export function createMessages(): (view: View, draft: Draft | null) => readonly TranscriptItem[] {
  const settled = remembered(transcript)
  const withDraft = remembered((items: readonly TranscriptItem[], view: View, draft: Draft | null, _size: number) =>
    draft ? addDraft(items, view, draft) : items,
  )
  return (view, draft) => withDraft(settled(view), view, draft, draft?.size ?? 0)
}

function addDraft(items: readonly TranscriptItem[], view: View, draft: Draft): readonly TranscriptItem[] {
  const blocks = draft.blocks()
  if (blocks.length === 0 || !view.open) return items
  const id = `${draft.turnId}:assistant`
  const last = items.at(-1)
  const earlier = last?.id === id ? last : undefined
  const item: TranscriptItem = {
    id,
    turnId: draft.turnId,
    role: 'assistant',
    status: 'streaming',
    parts: [...(earlier?.parts ?? []), ...blocks.map((block) => assistantPart(block))],
    createdAt: view.open.openedAt,
    model: view.model,
  }
  return [...(earlier ? items.slice(0, -1) : items), item]
}

/** What the next request would carry before the message that it is for. The same array as long as nothing changed. */
export function createHistory(
  target: Omit<RequestTarget, 'model'>,
): (context: ConversationContext) => readonly MessageParam[] {
  // Settled turns never change, so head and model say everything.
  let view: View | null = null
  const build = remembered((_head: string | null, model: string) => {
    if (!view) return []
    const { messages } = buildRequest({ ...view, open: null }, { ...target, model })
    return toMessageParams(messages)
  })
  return (context) => {
    view = context.view
    return build(view.head, view.model)
  }
}

/** Remembers the last result for the last arguments. */
function remembered<Arguments extends readonly unknown[], Result>(
  compute: (...given: Arguments) => Result,
): (...given: Arguments) => Result {
  let last: { given: Arguments; result: Result } | null = null
  return (...given) => {
    if (!last || given.some((value, index) => value !== last?.given[index])) last = { given, result: compute(...given) }
    return last.result
  }
}
