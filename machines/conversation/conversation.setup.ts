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
  resetAfterRejection,
  toolCallId,
  unansweredCalls,
  violation,
} from '../../src/journal/index.ts'
import { callFact, isAwaitingPeople, isUnanswered, replyCount } from './open-calls.ts'
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
  PartialReply,
  TurnBranch,
} from './conversation.types.ts'
import { isDenied, nextOutageModel } from './outages.ts'
import { isCompactionRefused } from './resets.ts'
import {
  decideOverflowSlot,
  decideRejectionSlot,
  decideSlot,
  journalSlot,
  runToolsSlot,
  streamReplySlot,
} from './default-slots.ts'
import { repairFor, triesLeft } from './rejections.ts'
import { branchObstacle } from './branches.ts'
import { isToBeContinued } from './continuations.ts'
import { blockedInput, retryableTurn } from './turn-openings.ts'

const isSaved = ({ unsaved }: ConversationContext): boolean => unsaved.length === 0

/** The journal takes it. What a slot says twice, or too late, it does not. */
const canRecord = ({ view }: ConversationContext, fact: Fact): boolean =>
  violation(view, { ...fact, seq: view.revision }) === null

/** Nothing was rejected for this message, and nothing was taken back for it on trial: that would be what is too much. */
const isFirstTry = ({ rejections: { rejected, before, setAside } }: ConversationContext['view']): boolean =>
  rejected.length === 0 && before.every((part) => setAside.includes(part))

const isCompacting = ({ view }: ConversationContext): boolean => view.open?.kind === 'compaction'

/** What the API pauses in the middle of, and goes on with when it gets it back as it is. */
const isPaused = (context: ConversationContext, { stopReason }: { stopReason: string }): boolean =>
  isServerPause(stopReason) || (isPause(stopReason) && !isCompacting(context))

/** A held queue would swallow the message that was worth stopping for. */
const canInterrupt = ({ view, settings }: ConversationContext, { turnId }: { turnId: string }): boolean =>
  settings.whenBusy === 'interrupt' && !view.held && !isTaken(view, turnId)

/** A summary is asked for in order to go on. */
const arrivedWhole = (context: ConversationContext, { partial }: { partial?: PartialReply | undefined }): boolean =>
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
    },
  },
  actors: {
    streamReply: streamReplySlot,
    runTools: runToolsSlot,
    decide: decideSlot,
    decideRejection: decideRejectionSlot,
    decideOverflow: decideOverflowSlot,
    journal: journalSlot,
  },
  guards: {
    isNewId: ({ context }, params: { turnId: string }) => !isTaken(context.view, params.turnId),
    canQueue: ({ context }, params: { turnId: string }) =>
      context.settings.whenBusy !== 'reject' && !isTaken(context.view, params.turnId),
    canInterrupt: ({ context }, params: { turnId: string }) => canInterrupt(context, params),
    canInterruptRefused: ({ context }, params: { turnId: string; partial?: PartialReply | undefined }) =>
      params.partial?.refusal !== undefined && canInterrupt(context, params),
    /** What was cut had been refused, and the refusal is here. */
    wasRefused: ({ context }, params: { partial?: PartialReply | undefined }) =>
      params.partial?.refusal !== undefined && context.view.open !== null,
    /** What was to be cut is here already, whole. */
    isTooLate: ({ context }, params: { partial?: PartialReply | undefined }) => arrivedWhole(context, params),
    isAbortTooLate: ({ context }, params: { partial?: PartialReply | undefined; cause?: 'aborted' | undefined }) =>
      params.cause === 'aborted' && arrivedWhole(context, params),
    /** Another request may have to follow the reply. */
    asksForMore: (_, params: { stopReason: string; content: readonly Block[] }) =>
      !endsTurn(params.stopReason, params.content),
    /** The next message in the queue has words that were refused before, and such are not asked again. */
    isNextBlocked: ({ context: { view, settings } }) => !view.held && blockedInput(view, settings) !== undefined,
    canDrain: ({ context }) => context.view.queue.length > 0 && !context.view.held,
    canRetryTurn: ({ context }, params: { turnId: string }) =>
      retryableTurn(context.view) !== undefined && !isTaken(context.view, params.turnId),
    canTryAgain: ({ context }, params: { retryable: boolean; failure: Failure }) =>
      params.retryable &&
      context.tries < context.settings.maxAttempts &&
      (params.failure.retryAfter ?? 0) <= context.settings.maxRetryAfter,
    hasAttemptsLeft: ({ context }) => context.tries < context.settings.maxAttempts,
    /** Only where it could not be reached, or may not be used: a refusal, or a request that is wrong, goes to no other model. */
    canGoToNextModel: ({ context: { view, settings } }, params: { retryable: boolean; failure: Failure }) =>
      (params.retryable || isDenied(view, params.failure)) && nextOutageModel(view, settings) !== undefined,
    hasNextModel: ({ context: { view, settings } }) => nextOutageModel(view, settings) !== undefined,
    /** Something can be left out that may be to blame, and there are tries left. */
    canRepair: ({ context }, params: { policy: RejectionPolicy }) =>
      params.policy === 'repair' && repairFor(context) !== null,
    putsTurnsAside: (_, params: { policy: RejectionPolicy }) => resetAfterRejection(params.policy) !== null,
    /** A server error that stays may be about a container that is gone. An outage costs no more than its id. */
    canLeaveContainerOut: ({ context }, params: { request?: { readonly container?: string } | undefined }) =>
      params.request?.container !== undefined && !isCompacting(context) && triesLeft(context) > 0,
    wantsTools: ({ context }, params: { stopReason: string; content: readonly Block[] }) =>
      asksForTools(params.stopReason) &&
      !isCompacting(context) &&
      params.content.some((block) => toolCallId(block) !== undefined),
    /** A compaction that gave nothing to go on from. */
    isNoCompaction: ({ context: { view } }, params: { stopReason: string; content: readonly Block[] }) =>
      view.open?.kind === 'compaction' && !isCompaction(view.open, params.content, params.stopReason),
    isPausedWithStepsLeft: ({ context }, params: { stopReason: string }) =>
      isPaused(context, params) && hasStepsLeft(context, 1),
    isPaused: ({ context }, params: { stopReason: string }) => isPaused(context, params),
    isWindowFull: ({ context }, params: { stopReason: string }) =>
      isWindowFull(params.stopReason) && !isCompacting(context),
    isCompacting: ({ context }) => isCompacting(context),
    /** Something before what was asked last may be too much, and compacting was not tried yet. */
    isTooLong: ({ context }, params: { failure: Failure }) =>
      isTooMuch(params.failure) && isFirstTry(context.view) && canCompactOpen({ ...context, ...params }),
    isTooMuch: ({ context }) => context.failure !== null && isTooMuch(context.failure),
    canCompactInstead: ({ context }, params: { how: OverflowPolicy }) =>
      params.how === 'compact' && canCompactOpen(context),
    canCompact: ({ context }, params: { turnId: string }) =>
      canCompact(context.view) && !isTaken(context.view, params.turnId),
    canBranch: ({ context }, params: TurnBranch) =>
      !isTaken(context.view, params.turnId) && branchObstacle(context.view, params) === null,
    canSwitchHead: ({ context }, params: { to: string | null; force?: boolean | undefined }) =>
      headObstacle(context.view, params.to, { force: params.force ?? false }) === null,
    /** Filled by the app where it has an opinion of its own. */
    isDueToReturn: ({ context: { view, settings } }) =>
      view.away !== null && settings.returnAfter !== null && view.away.turns >= settings.returnAfter,
    isSaved: ({ context }) => isSaved(context),
    isSavedAndHasStepsLeft: ({ context }) => isSaved(context) && hasStepsLeft(context),
    isSavedAndAsksAgain: ({ context }) => isSaved(context) && context.view.open !== null,
    isSavedAndGoesOn: ({ context }) => isSaved(context) && isToBeContinued(context.view, context.settings),
    isSavedAndResumes: ({ context }) => isSaved(context) && isToBeResumed(context.view),
    /** A compaction came to nothing, and something follows it. */
    compactsOn: ({ context: { view, settings } }) => afterFailedCompaction(view, settings).length > 0,
    isSavedAndCompactsOn: ({ context: { view, unsaved, settings } }) =>
      unsaved.length === 0 && afterFailedCompaction(view, settings).length > 0,
    isSavedAndWasCompacting: ({ context }) => isSaved(context) && isCompactionRefused(context.view),
    isSavedAndHasHistory: ({ context }) => isSaved(context) && context.view.head !== null,
    isSavedAndHasAllResults: ({ context }) => isSaved(context) && unansweredCalls(context.view).length === 0,
    isUnanswered: ({ context }, params: { callId: string }) => isUnanswered(context.view, params.callId),
    /** It has not begun, and nobody denied it. */
    canStartCall: ({ context }, { callId }: { callId: string }) =>
      canRecord(context, callFact(context, 'started', callId)),
    /** Nobody was asked about it yet. */
    canAskForCall: ({ context }, { callId, needs }: { callId: string; needs: 'approval' | 'answer' }) =>
      canRecord(context, callFact(context, needs, callId)),
    hasUnsaved: ({ context }) => !isSaved(context),
    awaitsApproval: ({ context }, params: { callId: string }) => context.view.awaitingApproval.includes(params.callId),
    awaitsAnswer: ({ context }, params: { callId: string }) => context.view.awaitingAnswer.includes(params.callId),
    isAwaitingPeople: ({ context }) => isAwaitingPeople(context.view),
    awaitsNobody: ({ context }) => !isAwaitingPeople(context.view),
    hasOpenTurn: ({ context }) => context.view.open !== null,
    isUndecided: ({ context }) => context.view.undecided !== null,
    hasHistory: ({ context }) => context.view.head !== null,
    /** A history, or refusals that count on: who clears begins anew. */
    canClear: ({ context: { view } }) => view.head !== null || view.refusalsInARow > 0,
    isQueued: ({ context }, params: { turnId: string }) =>
      context.view.queue.some((item) => item.turnId === params.turnId),
    isHeld: ({ context }) => context.view.held,
    isOtherModel: ({ context }, params: { model: string }) =>
      params.model !== (context.view.goesBackTo ?? context.view.model),
  },
  delays: {
    /** Milliseconds: what the API asks for. Where it asks for nothing, or for no wait, the chart's own backoff. */
    retryBackoff: ({ context }) => ((context.retryAfter ?? 0) > 0 ? (context.retryAfter ?? 0) : backoff(context)),
    /** Until the API answers at all. It thinks later: the headers come before the first token. */
    openTimeout: 120_000,
    /** A whole reply. Stalls are noticed long before, by the stream actor. */
    replyTimeout: 3_600_000,
    /** The rest of a reply that has arrived whole. It takes no time. */
    endTimeout: 5_000,
    toolTimeout: 600_000,
    decideTimeout: 30_000,
    saveTimeout: 10_000,
    saveRetry: 1_000,
    closeTimeout: 5_000,
    loadTimeout: 30_000,
  },
})

/**
 * Milliseconds before the next attempt: `baseDelay`, doubled with each try up to `maxDelay`, less up to a quarter of it at
 * random, so that clients that failed together do not come back together.
 */
const backoff = ({ tries, settings: { baseDelay, maxDelay } }: ConversationContext): number =>
  Math.min(baseDelay * 2 ** (tries - 1), maxDelay) * (1 - Math.random() / 4)
