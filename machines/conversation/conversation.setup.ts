// What the chart is made of: types, actor slots, guards and delays.
import { setup } from 'xstate'
import type { Failure } from '../../src/errors.ts'
import {
  asksForTools,
  type Block,
  endsTurn,
  type Fact,
  headObstacle,
  isPause,
  isServerPause,
  isTaken,
  isWindowFull,
  type OverflowPolicy,
  type RejectionPolicy,
  type JournalState,
  resetAfterRejection,
  stateOf,
  toolCallId,
  unansweredCalls,
  violation,
} from '../../src/journal/index.ts'
import { callFact, isAwaitingPeople, isUnanswered, startFact, replyCount } from './open-calls.ts'
import {
  afterFailedCompaction,
  canCompact,
  canCompactOpen,
  isCompaction,
  isToBeResumed,
  isTooMuch,
} from './compactions.ts'
import type {
  ConversationContext,
  ConversationEmitted,
  ConversationEvent,
  ConversationInput,
  ConversationTag,
  CutReply,
  TurnBranch,
} from './conversation.types.ts'
import { isDenied, isDueToReturn, nextOutageModel } from './outages.ts'
import { isFollowed, isForsaken } from './outcomes.ts'
import { isOverBudget } from './budget.ts'
import { endOfAppend, unsavedFacts } from './record-facts.ts'
import { isCompactionRefused } from './resets.ts'
import {
  decideOverflowSlot,
  decideRejectionSlot,
  decideSlot,
  journalSlot,
  runToolsSlot,
  streamReplySlot,
  tellStartSlot,
} from './default-slots.ts'
import { repairFor, triesLeft } from './rejections.ts'
import { untilRetry } from './retry-waits.ts'
import { branchObstacle } from './branches.ts'
import { isToBeContinued } from './continuations.ts'
import { blockedInput, retryableTurn } from './turn-openings.ts'

const isSaved = ({ pending }: ConversationContext): boolean => unsavedFacts(pending).length === 0

/** Whether the journal accepts the fact. It does not accept what a slot reports twice or too late. */
const canRecord = ({ view }: ConversationContext, fact: Fact): boolean =>
  violation(view, { ...fact, seq: view.revision }) === null

/** Whether no request for this message was rejected, and nothing was restored for it on trial: otherwise that would be the cause. */
const isFirstTry = ({ rejections: { rejected, before, setAside } }: ConversationContext['view']): boolean =>
  rejected.length === 0 && before.every((part) => setAside.includes(part))

const isCompacting = ({ view }: ConversationContext): boolean => view.open?.kind === 'compaction'

/** Whether the API paused in mid-turn, and continues when it gets its reply back unchanged. */
const isPaused = (context: ConversationContext, { stopReason }: { stopReason: string }): boolean =>
  isServerPause(stopReason) || (isPause(stopReason) && !isCompacting(context))

/** Not while the queue is held: the interrupting message would wait in it. */
const canInterrupt = ({ view, settings }: ConversationContext, { turnId }: { turnId: string }): boolean =>
  settings.whenBusy === 'interrupt' && !view.held && !isTaken(view, turnId)

/** Not for a compaction: another request follows it. */
const arrivedWhole = (context: ConversationContext, { partial }: { partial?: CutReply | undefined }): boolean =>
  partial?.arrivedWhole === true && !isCompacting(context)

const hasStepsLeft = ({ view, settings }: ConversationContext, after = 0): boolean =>
  replyCount(view) + after < settings.maxSteps

export const conversationSetup = setup({
  types: {
    context: {} as ConversationContext,
    events: {} as ConversationEvent,
    emitted: {} as ConversationEmitted,
    input: {} as ConversationInput | undefined,
    tags: {} as ConversationTag,
    children: {} as {
      reply: 'streamReply'
      tools: 'runTools'
      decision: 'decide'
      rejection: 'decideRejection'
      overflow: 'decideOverflow'
      journal: 'journal'
      start: 'tellStart'
    },
  },
  actors: {
    streamReply: streamReplySlot,
    runTools: runToolsSlot,
    decide: decideSlot,
    decideRejection: decideRejectionSlot,
    decideOverflow: decideOverflowSlot,
    journal: journalSlot,
    tellStart: tellStartSlot,
  },
  guards: {
    isNewId: ({ context }, params: { turnId: string }) => !isTaken(context.view, params.turnId),
    canQueue: ({ context }, params: { turnId: string }) =>
      context.settings.whenBusy !== 'reject' && !isTaken(context.view, params.turnId),
    canInterrupt: ({ context }, params: { turnId: string }) => canInterrupt(context, params),
    /** The stream actor was not asked yet what had arrived of the reply. */
    isPartialUnknown: (_, params: { partial?: CutReply | undefined }) => params.partial === undefined,
    /** The same, where it would interrupt the reply. */
    wouldInterrupt: ({ context }, params: { turnId: string; partial?: CutReply | undefined }) =>
      params.partial === undefined && canInterrupt(context, params),
    canInterruptRefused: ({ context }, params: { turnId: string; partial?: CutReply | undefined }) =>
      params.partial?.refusal !== undefined && canInterrupt(context, params),
    /** The reply that was cut had been refused, and the refusal has arrived. */
    wasRefused: ({ context }, params: { partial?: CutReply | undefined }) =>
      params.partial?.refusal !== undefined && context.view.open !== null,
    /** The reply that was to be cut has arrived whole. */
    isTooLate: ({ context }, params: { partial?: CutReply | undefined }) => arrivedWhole(context, params),
    isAbortTooLate: ({ context }, params: { partial?: CutReply | undefined; cause?: 'aborted' | undefined }) =>
      params.cause === 'aborted' && arrivedWhole(context, params),
    /** The reply asks for another request. */
    asksForMore: (_, params: { stopReason: string; content: readonly Block[] }) =>
      !endsTurn(params.stopReason, params.content),
    /** The input of the next message in the queue was refused before, and `resendRefused` is `block`. */
    isNextBlocked: ({ context: { view, settings } }) => !view.held && blockedInput(view, settings) !== undefined,
    canDrain: ({ context }) => context.view.queue.length > 0 && !context.view.held,
    canRetryTurn: ({ context }, params: { turnId: string }) =>
      retryableTurn(context.view) !== undefined && !isTaken(context.view, params.turnId),
    canTryAgain: ({ context }, params: { retryable: boolean; failure: Failure }) =>
      params.retryable &&
      context.view.tries < context.settings.maxAttempts &&
      (params.failure.retryAfter ?? 0) <= context.settings.maxRetryAfter,
    hasAttemptsLeft: ({ context }) => context.view.tries < context.settings.maxAttempts,
    /** Only if the model can't be reached or may not be used: no refusal and no invalid request goes to another model. */
    canGoToNextModel: ({ context: { view, settings } }, params: { retryable: boolean; failure: Failure }) =>
      (params.retryable || isDenied(view, params.failure)) && nextOutageModel(view, settings) !== undefined,
    hasNextModel: ({ context: { view, settings } }) => nextOutageModel(view, settings) !== undefined,
    /** There is something to leave out that may be the cause, and there are tries left. */
    canRepair: ({ context }, params: { policy: RejectionPolicy }) =>
      params.policy === 'repair' && repairFor(context) !== null,
    putsTurnsAside: (_, params: { policy: RejectionPolicy }) => resetAfterRejection(params.policy) !== null,
    /** A server error that persists may be about an expired container. Leaving it out costs only its id. */
    canLeaveContainerOut: ({ context }, params: { request?: { readonly container?: string } | undefined }) =>
      params.request?.container !== undefined && !isCompacting(context) && triesLeft(context) > 0,
    wantsTools: ({ context }, params: { stopReason: string; content: readonly Block[] }) =>
      asksForTools(params.stopReason) &&
      !isCompacting(context) &&
      params.content.some((block) => toolCallId(block) !== undefined),
    /** The reply is no compaction to continue from. */
    isNoCompaction: ({ context: { view } }, params: { stopReason: string; content: readonly Block[] }) =>
      view.open?.kind === 'compaction' && !isCompaction(view.open, params.content, params.stopReason),
    isPausedWithStepsLeft: ({ context }, params: { stopReason: string }) =>
      isPaused(context, params) && hasStepsLeft(context, 1),
    isPaused: ({ context }, params: { stopReason: string }) => isPaused(context, params),
    isWindowFull: ({ context }, params: { stopReason: string }) =>
      isWindowFull(params.stopReason) && !isCompacting(context),
    isCompacting: ({ context }) => isCompacting(context),
    /** The history before the last input may be too long, and compacting was not tried yet. */
    isTooLong: ({ context }, params: { failure: Failure }) =>
      isTooMuch(params.failure) && isFirstTry(context.view) && canCompactOpen(context, params.failure),
    isTooMuch: ({ context: { view } }) => view.failure !== null && isTooMuch(view.failure),
    isOverBudget: ({ context }) => isOverBudget(context),
    canCompactInstead: ({ context }, params: { how: OverflowPolicy }) =>
      params.how === 'compact' && canCompactOpen(context),
    canCompact: ({ context }, params: { turnId: string }) =>
      canCompact(context.view) && !isTaken(context.view, params.turnId),
    canBranch: ({ context }, params: TurnBranch) =>
      !isTaken(context.view, params.turnId) && branchObstacle(context.view, params) === null,
    canSwitchHead: ({ context }, params: { to: string | null; force?: boolean | undefined }) =>
      headObstacle(context.view, params.to, { force: params.force ?? false }) === null,
    /** Apps may provide their own. */
    isDueToReturn: ({ context }) => isDueToReturn(context),
    isSaved: ({ context }) => isSaved(context),
    isSavedAndHasStepsLeft: ({ context }) => isSaved(context) && hasStepsLeft(context),
    isSavedAndAsksAgain: ({ context }) => isSaved(context) && context.view.open !== null,
    isSavedAndGoesOn: ({ context }) => isSaved(context) && isToBeContinued(context.view, context.settings),
    isSavedAndResumes: ({ context }) => isSaved(context) && isToBeResumed(context.view),
    isSavedAndCompactsOn: ({ context }) =>
      isSaved(context) && afterFailedCompaction(context.view, context.settings).length > 0,
    isFollowed: ({ context }) => isFollowed(context),
    /** What was to follow the last turn is not possible any more. */
    isSavedAndForsaken: ({ context }) => isSaved(context) && isForsaken(context),
    isSavedAndWasCompacting: ({ context }) => isSaved(context) && isCompactionRefused(context.view),
    isSavedAndHasHistory: ({ context }) => isSaved(context) && context.view.head !== null,
    isSavedAndHasAllResults: ({ context }) => isSaved(context) && unansweredCalls(context.view).length === 0,
    isUnanswered: ({ context }, params: { callId: string }) => isUnanswered(context.view, params.callId),
    /** The call has not started, or starts again, and was not denied. */
    canStartCall: ({ context }, params: { callId: string; again?: true }) =>
      canRecord(context, startFact(context, params)),
    /** No person was asked about the call yet. */
    canAskForCall: ({ context }, { callId, needs }: { callId: string; needs: 'approval' | 'answer' }) =>
      canRecord(context, callFact(context, needs, callId)),
    hasUnsaved: ({ context }) => !isSaved(context),
    /** The answer is about facts that are not stored yet. One that comes late may be about others. */
    isAboutUnsaved: ({ context: { pending } }, { appendId }: { appendId?: string | undefined }) => {
      const first = unsavedFacts(pending)[0]?.seq
      return first !== undefined && (appendId === undefined || endOfAppend(appendId) > first)
    },
    awaitsApproval: ({ context }, params: { callId: string }) => context.view.awaitingApproval.includes(params.callId),
    awaitsAnswer: ({ context }, params: { callId: string }) => context.view.awaitingAnswer.includes(params.callId),
    /** That people are awaited is stored, and nothing has changed since. */
    isAwaitingPeople: ({ context: { view, stored } }) => isAwaitingPeople(view) && isAwaitingPeople(stored),
    awaitsNobody: ({ context }) => !isAwaitingPeople(context.view),
    keepsWaiting: ({ context }) => context.settings.onClose === 'keep',
    hasOpenTurn: ({ context }) => context.view.open !== null,
    /** Where the journal shows the conversation to be. */
    isAt: ({ context }, params: { state: JournalState }) => stateOf(context.view) === params.state,
    /** A request was rejected because it was too long, and compacting was not tried yet. */
    wasTooLong: ({ context }) =>
      stateOf(context.view) === 'rejected' &&
      context.view.failure !== null &&
      isTooMuch(context.view.failure) &&
      canCompactOpen(context),
    /** A turn was under way when its process ended, and is to continue. */
    resumesAttempt: ({ context: { view, settings } }) =>
      settings.onInterrupted === 'resume' &&
      stateOf(view) === 'interrupted' &&
      unansweredCalls(view).length === 0 &&
      view.tries < settings.maxAttempts,
    /** The same, with calls: of those that may have begun, only calls of idempotent tools are run again. */
    resumesCalls: ({ context: { view, settings } }) =>
      settings.onInterrupted === 'resume' && stateOf(view) === 'interrupted' && unansweredCalls(view).length > 0,
    resumesContinuation: ({ context: { view, settings } }) =>
      settings.onInterrupted === 'resume' && isToBeContinued(view, settings),
    resumesOverflow: ({ context: { view, settings } }) => settings.onInterrupted === 'resume' && isToBeResumed(view),
    resumesCompaction: ({ context: { view, settings } }) =>
      settings.onInterrupted === 'resume' && afterFailedCompaction(view, settings).length > 0,
    /** The turn that a compaction made room for was not asked again: retry() asks it. */
    hasUnasked: ({ context }) => isToBeResumed(context.view),
    /** More is stored than was ever recorded here: somebody else has written. */
    isBeyondJournal: ({ context }, params: { revision: number }) => params.revision > context.view.revision,
    /** There is a history, or a count of refusals: clear() resets both. */
    canClear: ({ context: { view } }) => view.head !== null || view.refusalsInARow > 0,
    isQueued: ({ context }, params: { turnId: string }) =>
      context.view.queue.some((item) => item.turnId === params.turnId),
    isHeld: ({ context }) => context.view.held,
    isOtherModel: ({ context }, params: { model: string }) =>
      params.model !== (context.view.goesBackTo ?? context.view.model),
  },
  delays: {
    retryBackoff: ({ context }) => untilRetry(context),
    openTimeout: ({ context }) => context.settings.openTimeout,
    replyTimeout: ({ context }) => context.settings.replyTimeout,
    /** For the rest of a reply that has arrived whole; it normally comes in the same tick. */
    endTimeout: 5_000,
    toolTimeout: 600_000,
    decideTimeout: ({ context }) => context.settings.decideTimeout,
    saveTimeout: ({ context }) => context.settings.saveTimeout,
    saveRetry: ({ context }) => context.settings.saveRetry,
    closeTimeout: ({ context, event }) =>
      event.type === 'conversation.close' && event.timeout !== undefined
        ? event.timeout
        : context.settings.closeTimeout,
    loadTimeout: ({ context }) => context.settings.loadTimeout,
  },
})
