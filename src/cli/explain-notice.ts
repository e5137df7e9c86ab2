// Notices that are one line each.
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

/** The line that a notice is; `null` for one that is more than a line, or none. */
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
      return { text: 'A summary stands for everything before it now.', style: 'yellow' }
    case 'thinking.stripped':
      return { text: 'The API does not take the earlier thinking any more: it is left out.', style: 'yellow' }
    case 'request.rejected':
      return { text: explainRejection(notice), style: 'yellow' }
    case 'request.repaired':
      return { text: `It is asked again without ${list(notice.leftOut.map(namePart))}.`, style: 'yellow' }
    case 'request.adapted':
      return { text: `Left out for ${notice.model}, which does not take it: ${list(notice.left)}.`, style: 'dim' }
    case 'context.setAside':
      return { text: `Set aside for now: ${list(notice.turns.map((id) => quoted(view, id)))}.`, style: 'yellow' }
    case 'context.takenBack':
      return { text: `Back in the context: ${list(notice.turns.map((id) => quoted(view, id)))}.`, style: 'dim' }
    case 'input.refusedBefore':
      return {
        text: `The same words were refused before (${quoted(view, notice.refusedTurnId)}). They are sent all the same.`,
        style: 'yellow',
      }
    case 'prompt.changed':
      return {
        text: `${promptWords[notice.what]} from the next message on.`,
        style: 'dim',
      }
    case 'decision.timedOut':
      return { text: `What follows the ${notice.about} was not decided in time.`, style: 'yellow' }
    case 'journal.unsaved':
      return { text: inFull(notice.failure), style: 'red' }
    case 'input.queued':
      return { text: 'The message waits for its turn.', style: 'dim' }
    default:
      return null
  }
}

const promptWords = {
  system: 'The system prompt is another one',
  tools: 'The tools are others',
  request: 'Requests carry other fields',
} as const satisfies Record<Notice<'prompt.changed'>['what'], string>

function explainRejection({ rejection: { code, status, pointer, suspects } }: Notice<'request.rejected'>): string {
  const where = pointer === null ? '' : ` It points at ${pointer}.`
  const news = suspects.length === 0 ? '' : ` New in it: ${list(suspects.map(nameSuspect))}.`
  return `The API did not take the request (${status === null ? code : `${status}, ${code}`}).${where}${news}`
}

function namePart(part: Part): string {
  switch (kindOf(part)) {
    case 'compaction':
      return 'the summary (what it stands for is sent instead)'
    case 'media':
      return 'the files of a message'
    case 'calls':
      return 'the calls of a turn'
    case 'results':
      return 'what the tools gave'
    case 'steps':
      return 'what was done so far'
    case 'container':
      return 'its container'
    case 'field':
      return `the field "${subjectOf(part).split('/').at(-1) ?? ''}"`
    default:
      return 'a part'
  }
}

/** Why another turn goes on with a message. */
function explainContinuing(turn: Turn | undefined, next: Turn | undefined, model: string): Line | null {
  if (turn?.kind === 'compaction' && turn.failure) return explainNoSummary(turn.failure, next, model)
  if (next?.kind === 'continuation' && turn?.kind !== 'compaction')
    return { text: 'The reply was cut off at its longest: the rest is asked for.', style: 'yellow' }
  if (next?.kind !== 'compaction') return null
  return {
    text: `There is no room for it (${turn?.failure?.code ?? 'the context is full'}): a summary of what was said comes first.`,
    style: 'yellow',
  }
}

function explainNoSummary({ causedBy }: Failure, next: Turn | undefined, model: string): Line {
  if (next?.kind !== 'compaction')
    return {
      text: 'There is no summary: it is asked again without, and what does not fit is set aside.',
      style: 'yellow',
    }
  return causedBy === 'request-invalid'
    ? { text: 'The API makes no summary with this model: it is asked for one in words.', style: 'dim' }
    : {
        text: `No summary came of it (${causedBy ?? 'refused, or empty'}): ${model} is asked for one in words.`,
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

/** What is to be said of a reply beside its words. */
export function explainOutcome(outcome: TurnOutcome): readonly Line[] {
  const { text, truncated, servedAfterRefusal, model, fallbackCredit } = outcome
  return [
    ...(text === '' ? [{ text: 'The reply has no text.', style: 'yellow' } as const] : []),
    ...(truncated
      ? [{ text: 'The reply was cut off at its longest (see --max-tokens and --continue).', style: 'yellow' } as const]
      : []),
    ...(servedAfterRefusal
      ? [
          {
            text: `The API went on with ${model ?? 'another model'}, after the first had refused.`,
            style: 'dim',
          } as const,
        ]
      : []),
    ...(fallbackCredit ? [{ text: `Fallback credit: ${creditWords(fallbackCredit)}.`, style: 'dim' } as const] : []),
  ]
}

/** `status` is a word, or an object with a `type` and a `reason`. */
function creditWords({ status = 'not told' }: NonNullable<TurnOutcome['fallbackCredit']>): string {
  const words = typeof status === 'object' && status !== null ? Object.values(status) : [status]
  return shortened(
    words
      .filter((word) => typeof word === 'string')
      .join(', ')
      .replaceAll('_', ' '),
    100,
  )
}
