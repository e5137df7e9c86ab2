// What the chart is made of: types, actor slots, guards and delays.
import { setup } from 'xstate'
import type { Failure } from '../../src/errors.ts'
import { type Block, isTaken, toolCallId } from '../../src/journal/index.ts'
import type {
  ConversationContext,
  ConversationEmitted,
  ConversationEvent,
  ConversationInput,
  ConversationTag,
} from './conversation.types.ts'
import { replyCount, retryableTurn } from './recording.ts'
import { decideSlot, journalSlot, runToolsSlot, streamReplySlot } from './slots.ts'

export const conversationSetup = setup({
  types: {
    context: {} as ConversationContext,
    events: {} as ConversationEvent,
    emitted: {} as ConversationEmitted,
    input: {} as ConversationInput | undefined,
    tags: {} as ConversationTag,
    children: {} as { reply: 'streamReply'; tools: 'runTools'; decision: 'decide'; journal: 'journal' },
  },
  actors: { streamReply: streamReplySlot, runTools: runToolsSlot, decide: decideSlot, journal: journalSlot },
  guards: {
    isNewId: ({ context }, params: { turnId: string }) => !isTaken(context.view, params.turnId),
    canQueue: ({ context }, params: { turnId: string }) =>
      context.settings.whenBusy !== 'reject' && !isTaken(context.view, params.turnId),
    // A held queue would swallow the message that was worth stopping for.
    canInterrupt: ({ context }, params: { turnId: string }) =>
      context.settings.whenBusy === 'interrupt' && !context.view.held && !isTaken(context.view, params.turnId),
    canDrain: ({ context }) => context.view.queue.length > 0 && !context.view.held,
    canRetryTurn: ({ context }, params: { turnId: string }) =>
      retryableTurn(context.view) !== undefined && !isTaken(context.view, params.turnId),
    canTryAgain: ({ context }, params: { retryable: boolean; failure: Failure }) =>
      params.retryable &&
      context.attempt < context.settings.maxAttempts &&
      (params.failure.retryAfter ?? 0) <= context.settings.maxRetryAfter,
    hasAttemptsLeft: ({ context }) => context.attempt < context.settings.maxAttempts,
    wantsTools: (_, params: { stopReason: string; content: readonly Block[] }) =>
      params.stopReason === 'tool_use' && params.content.some((block) => toolCallId(block) !== undefined),
    isSaved: ({ context }) => context.unsaved.length === 0,
    isSavedAndHasStepsLeft: ({ context }) =>
      context.unsaved.length === 0 && replyCount(context.view) < context.settings.maxSteps,
    isSavedAndAsksAgain: ({ context }) => context.unsaved.length === 0 && context.view.open !== null,
    isAwaitingApproval: ({ context }) => context.view.awaitingApproval.length > 0,
    hasOpenTurn: ({ context }) => context.view.open !== null,
    isUndecided: ({ context }) => context.view.undecided !== null,
    hasHistory: ({ context }) => context.view.head !== null,
    isQueued: ({ context }, params: { turnId: string }) =>
      context.view.queue.some((item) => item.turnId === params.turnId),
    isHeld: ({ context }) => context.view.held,
    isOtherModel: ({ context }, params: { model: string }) => params.model !== context.view.model,
  },
  delays: {
    /** As long as the API asks for, else the chart's own backoff. */
    retryBackoff: ({ context }) => context.retryAfter ?? backoff(context),
    /** Until the API answers at all. It thinks later: the headers come before the first token. */
    openTimeout: 120_000,
    /** A whole reply. Stalls are noticed long before, by the stream actor. */
    replyTimeout: 3_600_000,
    toolTimeout: 600_000,
    decideTimeout: 30_000,
    saveTimeout: 10_000,
    saveRetry: 1_000,
    closeTimeout: 5_000,
    loadTimeout: 30_000,
  },
})

/** Milliseconds before the next attempt when the API does not say: doubling, up to a cap. */
export const backoff = ({ attempt, settings }: ConversationContext): number =>
  Math.min(settings.baseDelay * 2 ** (attempt - 1), settings.maxDelay)
