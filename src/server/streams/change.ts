import { Picture } from '../../client/picture.ts'
import type { ConversationChange, ConversationState } from '../../client/wire.ts'
import type { TranscriptItem } from '../../index.ts'

const names = [
  'id',
  'title',
  'status',
  'revision',
  'canSend',
  'model',
  'queue',
  'held',
  'pendingCalls',
  'usage',
  'cost',
  'error',
  'refusal',
  'rejection',
] as const satisfies readonly (keyof ConversationState)[]

/**
 * What of a state differs from another one; `null` for nothing. The text of a reply in progress does not count: deltas say it. Values
 * are compared by identity: projections are the same objects while nothing changes.
 */
export function changeBetween(before: ConversationState, after: ConversationState): ConversationChange | null {
  const changed: Partial<Record<(typeof names)[number], unknown>> = {}
  for (const name of names) if (!Object.is(before[name], after[name])) changed[name] = after[name]
  const messages = messagesBetween(before.messages, after.messages)
  if (Object.keys(changed).length === 0 && !messages) return null
  return { ...(changed as object), ...(messages ? { messages } : {}) }
}

/** The same after a retraction: replies that were in progress are part of it even if they look the same, because deltas have added to them. */
export function retractionBetween(before: ConversationState, after: ConversationState): ConversationChange {
  let keep = 0
  while (isSettled(before.messages[keep]) && before.messages[keep] === after.messages[keep]) keep++
  return { ...changeBetween(before, after), messages: { keep, items: after.messages.slice(keep) } }
}

/** A state of another source, in which what is the same as in an earlier state is the same object: states are compared by identity. */
export function alike(before: ConversationState, state: ConversationState): ConversationState {
  const picture = new Picture()
  picture.replace(before)
  picture.replace(state)
  return picture.state ?? state
}

const isSettled = (item: TranscriptItem | undefined): boolean => item !== undefined && item.status !== 'streaming'

function messagesBetween(
  before: readonly TranscriptItem[],
  after: readonly TranscriptItem[],
): ConversationChange['messages'] | undefined {
  if (before === after) return undefined
  let keep = 0
  // Items that have settled are the same objects, so this looks at the last ones only.
  while (keep < before.length && keep < after.length && before[keep] === after[keep]) keep++
  if (keep === before.length && keep === after.length) return undefined
  const [was, is] = [before[keep], after[keep]]
  if (was && is && keep === before.length - 1 && keep === after.length - 1 && isGrowing(was, is)) return undefined
  return { keep, items: after.slice(keep) }
}

/** Whether only the last text of a reply in progress has grown. */
function isGrowing(was: TranscriptItem, is: TranscriptItem): boolean {
  const [last, first] = [is.parts.at(-1), was.parts.at(-1)]
  return (
    was.id === is.id &&
    was.status === 'streaming' &&
    is.status === 'streaming' &&
    was.parts.length === is.parts.length &&
    (last?.type === 'text' || last?.type === 'thinking') &&
    last.type === first?.type
  )
}
