import type { SnapshotFrom } from 'xstate'
import type { ConversationContext, conversationMachine, Draft } from '../../machines/index.ts'
import type { Failure } from '../errors.ts'
import { type MessageParam, toMessageParams } from '../claude/sdk-types.ts'
import {
  buildRequest,
  currentRefusal,
  currentRejection,
  type LeftOut,
  refusalCounts,
  replyParts,
  type RequestTarget,
  transcript,
  type TranscriptItem,
  type View,
} from '../journal/index.ts'
import { stateName } from '../state-name.ts'
import type { RefusalReport } from './turns/events.ts'
import { type Readers, toError, toRefusalReport } from './turns/outcome.ts'
import { remembered, rememberedData, rememberedItems } from './remembered.ts'
import { pendingCalls } from './pending-calls.ts'

export type ConversationSnapshot = SnapshotFrom<typeof conversationMachine>

/** The state, in the terms of other chat clients. */
export type ConversationStatus =
  | 'ready'
  | 'submitted'
  | 'streaming'
  | 'awaiting-approval'
  | 'refused'
  | 'rejected'
  | 'error'
  | 'closed'

/** What it says is stored: until then, a conversation that has something to store is `submitted` or `streaming`. */
export function statusOf(snapshot: ConversationSnapshot): ConversationStatus {
  if (snapshot.status !== 'active' || snapshot.matches('closing')) return 'closed'
  if (snapshot.matches({ failed: 'saved' })) return 'error'
  if (snapshot.hasTag('ready')) return 'ready'
  if (snapshot.context.stored.undecided !== null) return 'refused'
  if (snapshot.matches({ rejected: 'awaitingDecision' })) return 'rejected'
  if (snapshot.hasTag('awaitingPeople')) return 'awaiting-approval'
  const isWaiting = [
    'loading',
    'asking',
    { streaming: 'opening' },
    'waitingToRetry',
    'rejected',
    'reset',
    'switching',
  ] as const
  return isWaiting.some((state) => snapshot.matches(state)) ? 'submitted' : 'streaming'
}

/** Whether a message that is sent now is taken: opened, or queued. */
export const canSend = (snapshot: ConversationSnapshot): boolean =>
  snapshot.status === 'active' &&
  !snapshot.matches('closing') &&
  (snapshot.hasTag('ready') ||
    snapshot.matches({ streaming: 'ending' }) ||
    snapshot.context.settings.whenBusy !== 'reject')

/**
 * The transcript of what is stored, with the reply in progress. A reply that has arrived and is not stored yet still counts as in
 * progress. The same array as long as nothing changed, and the same items and parts as long as these did not.
 */
export function createMessages(): (
  context: Pick<ConversationContext, 'view' | 'stored'>,
  draft: Draft | null,
) => readonly TranscriptItem[] {
  const settled = rememberedItems(transcript)
  const recorded = rememberedItems(transcript)
  const withReply = rememberedItems(
    (items: readonly TranscriptItem[], view: View, stored: View, draft: Draft | null, _size: number) => {
      if (draft) return addDraft(items, stored, draft)
      return view === stored || !stored.open ? items : addReply(items, stored.open.id, recorded(view))
    },
  )
  return ({ view, stored }, draft) => withReply(settled(stored), view, stored, draft, draft?.size ?? 0)
}

/** Adds the reply of the open turn that has arrived and is being stored. */
function addReply(
  items: readonly TranscriptItem[],
  turnId: string,
  recorded: readonly TranscriptItem[],
): readonly TranscriptItem[] {
  const reply = recorded.findLast((item) => item.turnId === turnId && item.role === 'assistant')
  if (!reply || reply.status === 'retracted') return items
  const others = items.filter(({ id }) => id !== reply.id)
  return [...others, { ...reply, status: 'streaming' }]
}

function addDraft(items: readonly TranscriptItem[], view: View, draft: Draft): readonly TranscriptItem[] {
  const blocks = draft.blocks()
  // A summary is for the model.
  if (blocks.length === 0 || !view.open || view.open.kind === 'compaction') return items
  const id = `${draft.turnId}:assistant`
  const last = items.at(-1)
  const earlier = last?.id === id ? last : undefined
  const item: TranscriptItem = {
    id,
    turnId: draft.turnId,
    role: 'assistant',
    status: 'streaming',
    parts: [...(earlier?.parts ?? []), ...replyParts(blocks, draft.thinkingTimes())],
    createdAt: view.open.openedAt,
    model: draft.model,
  }
  return [...(earlier ? items.slice(0, -1) : items), item]
}

/** The next request, without the message that it is for. The same as long as nothing changed. */
export function createNextRequest(
  target: (model: string) => Omit<RequestTarget, 'model'>,
): (context: ConversationContext) => { readonly history: readonly MessageParam[]; readonly left: readonly LeftOut[] } {
  // Settled turns never change, so head and model say everything; a target is replaced, never changed.
  let view: View | null = null
  const build = remembered(
    (
      _head: string | null,
      model: string,
      under: Omit<RequestTarget, 'model'>,
      _stripped: View['strippedThinking'],
      _setAside: View['rejections']['setAside'],
    ) => {
      if (!view) return { history: [], left: [] }
      const { messages, left } = buildRequest({ ...view, open: null }, { ...under, model })
      return { history: toMessageParams(messages), left }
    },
  )
  const keepHistory = rememberedData((history: readonly MessageParam[]) => history)
  const keepLeft = rememberedData((left: readonly LeftOut[]) => left)
  return (context) => {
    view = context.stored
    const { history, left } = build(
      view.head,
      view.model,
      target(view.model),
      view.strippedThinking,
      view.rejections.setAside,
    )
    return { history: keepHistory(history), left: keepLeft(left) }
  }
}

/** Readers of a view that give the same value while they would say the same. */
export function createReaders(readers: Pick<Readers, 'messageForUser'>) {
  const failure = rememberedData((failed: Failure | null) => failed)
  return {
    usage: rememberedData(({ usage }: View) => usage),
    ledger: rememberedData(({ ledger }: View) => ledger),
    queue: rememberedData(({ queue }: View) => queue),
    refusals: rememberedData(refusalCounts),
    refusal: rememberedData((view: View): RefusalReport | null => {
      const refusal = currentRefusal(view)
      return refusal && toRefusalReport(refusal, readers)
    }),
    rejection: rememberedData(currentRejection),
    pendingCalls: rememberedData(pendingCalls),
    /** Why the last turn did not complete, why the attempt is made again, or why the journal can't store. */
    error: (snapshot: ConversationSnapshot) => {
      const { stored, journalFailure } = snapshot.context
      const isPast =
        stored.open !== null &&
        ['asking', 'streaming', 'tools'].some((state) => stateName(snapshot.value).startsWith(state))
      const shown = failure((isPast ? null : stored.failure) ?? journalFailure)
      return shown && toError(shown)
    },
  }
}
