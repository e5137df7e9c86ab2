// A conversation as messages of the AI SDK. One message of the user, and one of the assistant for everything that it led to: the turns
// that replaced or continued the first one belong to the same message.
import type { Conversation, RefusalReport, TranscriptPart } from '../../index.ts'
import { messagesForUsers, type MessagesForUsers } from '../../index.ts'
import {
  assistantPart,
  type Block,
  findTurn,
  followingTurn,
  inputHash,
  isLost,
  isServerToolResult,
  isWithdrawn,
  type MessageOutcome,
  originOf,
  outcomeOf,
  path,
  refusalOf,
  refusalReport,
  toBlocks,
  type Turn,
  type View,
} from '../../journal/index.ts'
import { sentenceFor } from '../../errors.ts'
import { type CallState, inputParts, uiParts } from './ui-parts.ts'
import type { RefusalData, TurnstateMetadata, UiMessage, UiPart } from './ui-message.ts'

/** One reply of a message, or a note about a refusal, which is in no step. */
export interface Step {
  /** The same for the same reply, whether it arrives or is stored; another one for another attempt. */
  readonly key: string
  readonly parts: readonly UiPart[]
  readonly isStored: boolean
  readonly isNote?: true
}

/** What refusals are called on the wire. */
export interface RefusalWords {
  /** Sentences for end users, by category. */
  readonly messages?: MessagesForUsers
  /** What the conversation itself said about a refusal, where that was heard. */
  readonly heard?: (turnId: string) => RefusalReport | undefined
}

/** What is stored of a conversation. */
export const storedView = (chat: Conversation): View => chat.actor.getSnapshot().context.stored

/** The id of the assistant's message that a turn began. The user's message has the id of the turn. */
export const replyId = (originId: string): string => `${originId}:assistant`

/** The turn that an id of a message names, of either role. */
export const turnIdOf = (messageId: string): string => messageId.replace(/:(assistant|user)$/, '')

/** The turns of a message, in order. Nothing follows an open turn. */
function turnsOf(view: View, originId: string): readonly Turn[] {
  const turns: Turn[] = []
  for (let turn = findTurn(view, originId); turn; turn = turn === view.open ? undefined : followingTurn(view, turn))
    turns.push(turn)
  return turns
}

/** The turns of all messages, by the id of the first one: in one go, because looking for what follows a turn takes its time. */
function allTurns(view: View): ReadonlyMap<string, readonly Turn[]> {
  const messages = new Map<string, Turn[]>()
  for (const turn of view.open ? [...view.turns, view.open] : view.turns) {
    const originId = originOf(view, turn.id)
    const known = messages.get(originId)
    if (known) known.push(turn)
    else messages.set(originId, [turn])
  }
  return messages
}

/** What a message of the assistant consists of by now. */
export function stepsOf(
  chat: Conversation,
  originId: string,
  words: RefusalWords = {},
  turns?: readonly Turn[],
): readonly Step[] {
  const view = storedView(chat)
  return (turns ?? turnsOf(view, originId)).flatMap((turn) => [
    ...replySteps(chat, view, turn),
    ...refusalNote(view, turn, words),
  ])
}

function replySteps(chat: Conversation, view: View, turn: Turn): readonly Step[] {
  if (turn.kind === 'compaction') return []
  const stored = turn.steps.filter(({ role }) => role === 'assistant').length
  const { steps, draft } = turn.status === 'open' ? inProgress(chat, turn) : { steps: turn.steps, draft: null }
  const from = { ...turn, steps }
  const replies = steps.flatMap((step) => (step.role === 'assistant' ? [step] : []))
  const results = serverResults(
    replies.flatMap(({ content }) => content),
    draft,
  )
  const callState = callStates(view, turn)
  const recorded = replies.map(({ attempt, content }, index): Step => {
    const isStored = index < stored
    const parts = content.filter((block) => !isLost(block)).map((block) => assistantPart(block, from))
    return {
      key: `${turn.id}/${index}/${attempt}`,
      parts: uiParts({ parts, isStored, callState, serverResult: (id) => results.get(id) }),
      isStored,
    }
  })
  if (!draft) return recorded
  const { attempt } = chat.actor.getSnapshot().context.view
  return [
    ...recorded,
    {
      key: `${turn.id}/${recorded.length}/${attempt}`,
      parts: uiParts({ parts: draft, isStored: false, callState, serverResult: (id) => results.get(id) }),
      isStored: false,
    },
  ]
}

/** The replies of the open turn, those that are not stored yet included, and the parts of the one that arrives. */
function inProgress(
  chat: Conversation,
  turn: Turn,
): { readonly steps: Turn['steps']; readonly draft: readonly TranscriptPart[] | null } {
  const { view } = chat.actor.getSnapshot().context
  const recorded = findTurn(view, turn.id)
  // A refused reply is never shown again, and what is before it is stored.
  const steps = recorded && recorded.status !== 'refused' ? recorded.steps : turn.steps
  const shown = chat.messages.findLast(({ turnId, role }) => turnId === turn.id && role === 'assistant')
  const known = steps.reduce(
    (sum, { role, content }) => sum + (role === 'assistant' ? content.filter((block) => !isLost(block)).length : 0),
    0,
  )
  const draft = shown?.status === 'streaming' ? shown.parts.slice(known) : []
  return { steps, draft: draft.length > 0 ? draft : null }
}

function serverResults(blocks: readonly Block[], draft: readonly TranscriptPart[] | null): ReadonlyMap<string, Block> {
  const arrived = (draft ?? []).flatMap((part) => (part.type === 'block' ? [part.block] : []))
  return new Map(
    [...blocks, ...arrived].filter(isServerToolResult).map((block) => [String(block['tool_use_id']), block] as const),
  )
}

function callStates(view: View, turn: Turn): (callId: string) => CallState {
  if (turn.status !== 'open') return () => ({ needsApproval: false })
  return (callId) => {
    const decision = view.decisions.find((each) => each.callId === callId)
    return {
      needsApproval: view.awaitingApproval.includes(callId),
      ...(decision
        ? {
            decision: {
              approved: decision.approved,
              ...(decision.reason === undefined ? {} : { reason: decision.reason }),
            },
          }
        : {}),
    }
  }
}

/** What is said about a refused turn, once it is decided or waits for a person. */
function refusalNote(view: View, turn: Turn, { messages = messagesForUsers, heard }: RefusalWords): readonly Step[] {
  const refusal = turn.kind === 'compaction' ? null : refusalReport(view, turn)
  const record = refusalOf(view, turn.id)
  if (!refusal || !record || (record.policy === null && !record.isDeferred)) return []
  const { category } = refusal
  const data: RefusalData = {
    turnId: turn.id,
    category,
    message: heard?.(turn.id)?.messageForUser ?? sentenceOf(category, messages),
    model: refusal.model,
    textShown: refusal.textShown,
    policy: record.policy ?? 'manual',
    nothingLeft: refusal.nothingLeft,
    askedInstead: record.askedInstead !== null,
  }
  const key = `refusal:${turn.id}`
  return [{ key, parts: [{ type: 'data-refusal', id: key, data }], isStored: true, isNote: true }]
}

const sentenceOf = (category: string | null, messages: MessagesForUsers): string =>
  (Object.hasOwn(messages, String(category)) ? messages[String(category)] : undefined) ?? messages.default

/** The outcomes of messages that are over, by their last turn, which is frozen then. */
const outcomes = new WeakMap<Turn, MessageOutcome | null>()

function outcomeFor(view: View, originId: string, last: Turn): MessageOutcome | null {
  if (last.status === 'open') return null
  const known = outcomes.get(last)
  if (known !== undefined) return known
  const outcome = outcomeOf(view, originId)
  outcomes.set(last, outcome)
  return outcome
}

/** The metadata of a message of the assistant. Without `usage` and reasons as long as it is in progress. */
export function metadataOf(view: View, originId: string, given?: readonly Turn[]): TurnstateMetadata {
  const turns = given ?? turnsOf(view, originId)
  const last = turns.at(-1)
  if (!last) return {}
  const outcome = outcomeFor(view, originId, last)
  const model = outcome?.model ?? replyModel(last)
  return {
    turnId: last.id,
    createdAt: turns[0]?.openedAt ?? last.openedAt,
    status: outcome ? statuses[outcome.status](last) : 'streaming',
    ...(model === undefined ? {} : { model }),
    ...(isWithdrawn(view, last.id) ? { withdrawn: true } : {}),
    ...(outcome ? endOf(outcome) : {}),
  }
}

const endOf = ({ usage, finishReason, stopReason, failure }: MessageOutcome): TurnstateMetadata => ({
  usage,
  finishReason,
  ...(stopReason === null ? {} : { stopReason }),
  ...(failure ? { error: { code: failure.code, message: sentenceFor(failure) } } : {}),
})

const replyModel = ({ steps }: Turn): string | undefined =>
  steps.flatMap((step) => (step.role === 'assistant' ? [step.model] : [])).at(-1)

const statuses = {
  completed: () => 'complete',
  refused: () => 'retracted',
  stopped: () => 'partial',
  failed: ({ kept }: Turn) => (kept ? 'partial' : 'failed'),
} as const satisfies Record<string, (turn: Turn) => NonNullable<TurnstateMetadata['status']>>

/**
 * The first turns of the messages that a client shows: those on the current branch, and beside it what was refused, failed or taken out
 * by a reset. Of several branches only the current one is shown.
 */
export function shownOrigins(view: View): readonly string[] {
  const tip = view.open ? view.open.parent : view.head
  const current = new Set(path(view, tip).map(({ id }) => id))
  const all = view.open ? [...view.turns, view.open] : view.turns
  if (view.open) current.add(view.open.id)
  const asked = new Set(
    all.filter(({ id }) => current.has(id)).map(({ parent, input }) => `${parent} ${inputHash(input)}`),
  )
  const shown = new Set(current)
  const origins = new Set<string>()
  for (const turn of all) {
    if (!shown.has(turn.id) && isBeside(view, turn, shown, asked)) shown.add(turn.id)
    // A summary is for the model.
    if (shown.has(turn.id) && turn.kind !== 'compaction') origins.add(originOf(view, turn.id))
  }
  return [...origins].filter((id) => findTurn(view, id)?.kind !== 'compaction')
}

/** Whether a turn off the current branch is shown: it follows what is shown, and no other branch took its place. */
function isBeside(view: View, turn: Turn, shown: ReadonlySet<string>, asked: ReadonlySet<string>): boolean {
  if (turn.parent !== null && !shown.has(turn.parent)) return false
  if (turn.status === 'refused' || isWithdrawn(view, turn.id)) return true
  return !turn.kept && !asked.has(`${turn.parent} ${inputHash(turn.input)}`)
}

/**
 * The messages of a conversation as the AI SDK has them: for `messages` of `useChat`, or `initialMessages`. The reply that is arriving
 * is left out but for its finished steps: `resume` brings it.
 */
export function uiMessages(chat: Conversation, words: RefusalWords = {}): UiMessage[] {
  const view = storedView(chat)
  const messages = allTurns(view)
  return shownOrigins(view).flatMap((originId) => {
    const turns = messages.get(originId) ?? []
    const [origin] = turns
    if (!origin) return []
    const question = userMessage(origin)
    const answer = assistantMessage(chat, view, turns, words)
    return [...(question ? [question] : []), ...(answer ? [answer] : [])]
  })
}

function userMessage({ id, kind, input, metadata }: Turn): UiMessage | null {
  if (kind === 'continuation') return null
  return { id, role: 'user', ...(metadata ? { metadata } : {}), parts: inputParts(toBlocks(input)) }
}

function assistantMessage(
  chat: Conversation,
  view: View,
  turns: readonly Turn[],
  words: RefusalWords,
): UiMessage | null {
  const originId = turns[0]?.id ?? ''
  const steps = stepsOf(chat, originId, words, turns).filter(({ isStored }) => isStored)
  const metadata = metadataOf(view, originId, turns)
  const isOver = metadata.status !== 'streaming'
  if (steps.length === 0 && !(isOver && metadata.status !== 'complete')) return null
  const parts = steps.flatMap(({ parts: shown, isNote }): readonly UiPart[] =>
    isNote ? shown : [{ type: 'step-start' }, ...shown],
  )
  return { id: replyId(originId), role: 'assistant', metadata, parts }
}
