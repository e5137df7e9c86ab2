// Describes notices in one line each.
import type { Conversation } from '../conversation/conversation-interface.ts'
import type { ConversationNotice, Notice, TurnOutcome } from '../conversation/turns/events.ts'
import { type Failure, inFull } from '../errors.ts'
import { findTurn, kindOf, type Part, subjectOf, type Turn } from '../journal/index.ts'
import { explainCall } from './explain-calls.ts'
import { list, nameSuspect, quoted, shortened } from './explain.ts'
import type { Style } from './screen.ts'

export interface Line {
  readonly text: string
  readonly style?: Style
}

/** The line for a notice; `null` for notices that are shown in another way, or not at all. */
export function explainNotice(notice: ConversationNotice, conversation: Conversation): Line | null {
  const { view } = conversation.actor.getSnapshot().context
  switch (notice.type) {
    case 'toolCall.approvalRequested':
    case 'toolCall.answerRequested':
      return { text: explainCall(notice), style: 'yellow' }
    case 'toolCall.started':
    case 'toolCall.settled':
      return { text: explainCall(notice), style: 'dim' }
    case 'retry.scheduled':
      return { text: `${inFull(notice.failure)} Trying again (attempt ${notice.attempt}).`, style: 'yellow' }
    case 'model.switched':
      return { text: explainSwitch(notice), style: 'dim' }
    case 'head.switched':
      return {
        text: `The next message builds on ${notice.to === null ? 'nothing' : quoted(view, notice.to)} now.`,
        style: 'dim',
      }
    case 'turn.continued':
      return explainContinuing(findTurn(view, notice.turnId), findTurn(view, notice.by), view.model)
    case 'context.compacted':
      return { text: 'A summary now replaces everything before it.', style: 'yellow' }
    case 'thinking.stripped':
      return { text: 'The API no longer accepts the earlier thinking; it is left out.', style: 'yellow' }
    case 'request.rejected':
      return { text: explainRejection(notice), style: 'yellow' }
    case 'request.repaired':
      return { text: `Trying again without ${list(notice.leftOut.map(namePart))}.`, style: 'yellow' }
    case 'request.adapted':
      return { text: `Left out for ${notice.model}, which does not accept it: ${list(notice.left)}.`, style: 'dim' }
    case 'context.setAside':
      return { text: `Set aside for now: ${list(notice.turns.map((id) => quoted(view, id)))}.`, style: 'yellow' }
    case 'context.takenBack':
      return { text: `Back in the context: ${list(notice.turns.map((id) => quoted(view, id)))}.`, style: 'dim' }
    case 'input.refusedBefore':
      return {
        text: `The same text was refused before (${quoted(view, notice.refusedTurnId)}). It is sent anyway.`,
        style: 'yellow',
      }
    case 'prompt.changed':
      return {
        text: `${promptWords[notice.what]} from the next message on.`,
        style: 'dim',
      }
    case 'decision.timedOut':
      return { text: `The decision about the ${notice.about} took too long; the default was used.`, style: 'yellow' }
    case 'journal.unsaved':
      return { text: inFull(notice.failure), style: 'red' }
    case 'input.queued':
      return { text: 'The message is queued.', style: 'dim' }
    default:
      return null
  }
}

const promptWords = {
  system: 'The system prompt changes',
  tools: 'The tools change',
  request: 'The request fields change',
} as const satisfies Record<Notice<'prompt.changed'>['what'], string>

function explainRejection({ rejection: { code, status, pointer, suspects } }: Notice<'request.rejected'>): string {
  const where = pointer === null ? '' : ` It points at ${pointer}.`
  const news = suspects.length === 0 ? '' : ` New in it: ${list(suspects.map(nameSuspect))}.`
  return `The API rejected the request (${status === null ? code : `${status}, ${code}`}).${where}${news}`
}

function namePart(part: Part): string {
  switch (kindOf(part)) {
    case 'compaction':
      return 'the summary (the original messages are sent instead)'
    case 'media':
      return 'the files of a message'
    case 'calls':
      return 'the calls of a turn'
    case 'results':
      return 'the tool results'
    case 'steps':
      return 'the earlier steps of the turn'
    case 'container':
      return 'its container'
    case 'field':
      return `the field "${subjectOf(part).split('/').at(-1) ?? ''}"`
    default:
      return 'a part'
  }
}

/** Why another turn continues a message. */
function explainContinuing(turn: Turn | undefined, next: Turn | undefined, model: string): Line | null {
  if (turn?.kind === 'compaction' && turn.failure) return explainNoSummary(turn.failure, next, model)
  if (next?.kind === 'continuation' && turn?.kind !== 'compaction')
    return { text: 'The reply reached the maximum length; the rest is being requested.', style: 'yellow' }
  if (next?.kind !== 'compaction') return null
  return {
    text: `It does not fit into the context (${turn?.failure?.code ?? 'the context is full'}); the conversation is summarised first.`,
    style: 'yellow',
  }
}

function explainNoSummary({ causedBy }: Failure, next: Turn | undefined, model: string): Line {
  if (next?.kind !== 'compaction')
    return {
      text: 'Without a summary: trying again; turns that do not fit are set aside.',
      style: 'yellow',
    }
  return causedBy === 'request-invalid'
    ? { text: "The API can't summarise for this model; the model is asked for a summary in text.", style: 'dim' }
    : {
        text: `The summary failed (${causedBy ?? 'refused, or empty'}); ${model} is asked for one in text.`,
        style: 'yellow',
      }
}

function explainSwitch({ from, to, cause }: Notice<'model.switched'>): string {
  switch (cause) {
    case 'user':
      return `The model is ${to} now.`
    case 'refusal':
      return `The model is ${to} now: ${from} refused.`
    case 'outage':
      return `The model is ${to} now: ${from} can't be reached.`
    case 'return':
      return `The model is ${to} again.`
  }
}

/** Notes about a reply besides its text. */
export function explainOutcome(outcome: TurnOutcome): readonly Line[] {
  const { text, truncated, servedAfterRefusal, model, fallbackCredit } = outcome
  return [
    ...(text === '' ? [{ text: 'The reply has no text.', style: 'yellow' } as const] : []),
    ...(truncated
      ? [
          {
            text: 'The reply reached the maximum length (see --max-tokens and --on-truncated).',
            style: 'yellow',
          } as const,
        ]
      : []),
    ...(servedAfterRefusal
      ? [
          {
            text: `The first model refused; the API continued with ${model ?? 'another model'}.`,
            style: 'dim',
          } as const,
        ]
      : []),
    ...(fallbackCredit ? [{ text: `Fallback credit: ${creditWords(fallbackCredit)}.`, style: 'dim' } as const] : []),
  ]
}

/** `status` is a word, or an object with a `type` and a `reason`. */
function creditWords({ status = 'unknown' }: NonNullable<TurnOutcome['fallbackCredit']>): string {
  const words = typeof status === 'object' && status !== null ? Object.values(status) : [status]
  return shortened(
    words
      .filter((word) => typeof word === 'string')
      .join(', ')
      .replaceAll('_', ' '),
    100,
  )
}
