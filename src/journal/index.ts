// The door of the journal: pure, no I/O, no clock, no ids of its own.
export { unansweredCalls } from './unanswered-calls.ts'
export { standsForBefore } from './compaction.ts'
export type { Block, Content, Message } from './content.ts'
export {
  deepFreeze,
  hasText,
  isLost,
  isServerToolResult,
  isThinking,
  lostBlock,
  plainText,
  textOf,
  toBlocks,
  toolCallId,
} from './content.ts'
export { type DeltaKind, deltaKinds } from './delta-kinds.ts'
export type { Attempt } from './attempts.ts'
export { type Billing, billingRules } from './billing.ts'
export type { Budget } from './budget.ts'
export { jsonBytes, largestRequest, largestResults, megabytes } from './bytes.ts'
export { boundedJson } from './bounded-json.ts'
export { type Branch, branches } from './branches.ts'
export { checkpointOf, checkpointVersion, viewOf } from './checkpoint.ts'
export { type ApiObject, type Evidence, evidenceIn, evidenceNames } from './request-evidence.ts'
export type { AnyFact, Fact, Refusal, ResetCause, StoredFact, SwitchCause, TurnKind, TurnStatus } from './facts.ts'
export { journalVersion } from './facts.ts'
export { fold, Folding } from './fold.ts'
export { forkFacts } from './fork.ts'
export { hashOf, inputHash, noPromptHash, promptHashOf } from './hash.ts'
export { canMoveHead, headObstacle, moveHead, rewound } from './move-head.ts'
export type { Charge, Ledger, Spending } from './ledger.ts'
export { totalCost, totalTokens, unpriced } from './ledger.ts'
export { optionalField } from './optional-field.ts'
export type { Price, Prices, Unpriced } from './prices.ts'
export { priceOf } from './prices.ts'
export { type RefusalCount, refusalCounts } from './refusal-counts.ts'
export { refusalOf, refusedTurnAsking } from './refusal-lookup.ts'
export type { BuiltRequest, LeftOut, RequestTarget } from './request/build-request.ts'
export { buildRequest, compactionBeta, containerOf, piecesOf } from './request/build-request.ts'
export { writtenMessages } from './request/written-messages.ts'
export { breakpointsBeside } from './request/cache-breakpoints.ts'
export type { RefusedHop } from './request-rounds.ts'
export { callsThatNeedThinking, kindOf, subjectOf, toolsThatRan } from './rejections/parts.ts'
export { rejectionOf } from './rejections/blame.ts'
export type { Rejection } from './rejections/rejection.ts'
export type { ContextReset, MessageOutcome, MessageRefusal } from './outcome.ts'
export { followingTurn, originOf, outcomeOf, refusalReport } from './outcome.ts'
export { currentRefusal, currentRejection } from './current-trouble.ts'
export { pointedAt } from './rejections/pointed.ts'
export type { Part, Pointed } from './rejections/rejections.ts'
export type { OverflowPolicy, QuickRejectionPolicy, RejectionPolicy } from './rejection-policies.ts'
export {
  isRejectionWord,
  overflowPolicies,
  quickRejectionPolicies,
  quickRejectionPolicyNames,
  rejectionPolicy,
  resetAfterRejection,
  writtenRejectionPolicies,
} from './rejection-policies.ts'
export { nextLeft, partsToTakeBack } from './rejections/search.ts'
export { resultBytes, resultsRoom } from './results-room.ts'
export type { Repair } from './seed.ts'
export { seedFacts } from './seed.ts'
export { deepestNesting, isNestedDeeper } from './nesting.ts'
export { readJson } from './read-json.ts'
export { appendFacts, numbered } from './append-facts.ts'
export type { Decision, PlainResetPolicy, QuickPolicy, ResetPolicy } from './reset-policies.ts'
export {
  asksInstead,
  defaultLadder,
  fallbackModel,
  isPolicyWord,
  plainPolicy,
  policiesThatTake,
  policyFields,
  policyAsOption,
  policyLabel,
  policyWordFields,
  quickPolicies,
  quickPolicyNames,
  resetPolicyNames,
  rungFor,
  writtenPolicy,
} from './reset-policies.ts'
export { resetOf, undecidedTurn } from './resets.ts'
export { step } from './step.ts'
export { summaryOf, titleOf } from './summary.ts'
export type { FinishReason } from './stop-reasons.ts'
export {
  asksForTools,
  endsTurn,
  isCut,
  isPause,
  isRefusal,
  isServerPause,
  isWhole,
  isWindowFull,
} from './stop-reasons.ts'
export type { Suspect } from './suspect.ts'
export { suspects } from './suspects.ts'
export { objectionToInput, parsedToolInput, toolInputOf } from './tool-input.ts'
export { type JournalState, stateOf } from './state-of.ts'
export type { TranscriptItem, TranscriptPart } from './transcript.ts'
export { assistantPart, replyParts, transcript } from './transcript.ts'
export type { Counts, Iteration, Terms, Usage } from './usage.ts'
export { addUsage, countedAgain, mostTools, noUsage } from './usage.ts'
export type { QueuedInput, ToolDecision, Turn, View } from './view.ts'
export {
  askings,
  cutTurnsAsking,
  derivedId,
  earlierTurn,
  emptyView,
  findTurn,
  isTaken,
  isWithdrawn,
  lastTurn,
  madeRoomFor,
  path,
  requestTurns,
} from './view.ts'
export { type TurnStanding, turnStandings } from './turn-standing.ts'
export { wellFormed } from './well-formed.ts'
export { violation } from './violation.ts'
