// How the chart writes: an action names facts, which are folded into the view at once and wait in `unsaved` until the
// journal has stored them. Events about them wait in `emitWhenStored`.
import { evidenceNames, type Fact, appendFacts, type View } from '../../src/journal/index.ts'
import type { ConversationContext, ConversationEmitted, FinishedReply } from './conversation.types.ts'

/** The context with these facts recorded, and these events waiting until they are stored. */
export function recorded(
  context: ConversationContext,
  facts: readonly Fact[],
  ...events: readonly ConversationEmitted[]
): ConversationContext {
  const { view, stored } = appendFacts(context.view, facts)
  return {
    ...context,
    view,
    unsaved: [...context.unsaved, ...stored],
    emitWhenStored: events.length > 0 ? [...context.emitWhenStored, ...events] : context.emitWhenStored,
  }
}

/** What is recorded of a reply, whole or cut. */
export const replyFact = (
  turnId: string,
  attempt: number,
  { model, promptHash, content, stopReason, usage, ...rest }: RecordedReply,
): Fact => ({
  type: 'reply.recorded',
  turnId,
  attempt,
  model,
  promptHash,
  content,
  stopReason,
  usage,
  ...pick(rest, optionalOfReply),
})

const optionalOfReply = [
  'requestedModel',
  'structured',
  'container',
  'servedAfterRefusal',
  'iterations',
  'fallbackCredit',
  ...evidenceNames,
] as const

/** The fields that are defined: facts are JSON, which has no `undefined`. */
function pick<T extends object, Key extends keyof T>(from: T, keys: readonly Key[]): Partial<Pick<T, Key>> {
  const picked: Partial<Pick<T, Key>> = {}
  for (const key of keys) if (from[key] !== undefined) picked[key] = from[key]
  return picked
}

type RecordedReply = Omit<FinishedReply, 'stopReason'> & { readonly stopReason: string | null }

/** Records the fields that the model accepted, if they changed: a later rejection is compared with them. */
export function fieldsFacts(
  { open, model, rejections }: View,
  { fields = {} }: Pick<FinishedReply, 'fields'>,
): readonly Fact[] {
  const known = Object.hasOwn(rejections.accepted, model) ? rejections.accepted[model] : undefined
  const names = Object.keys(fields)
  const isNews = known
    ? names.length !== Object.keys(known).length || names.some((name) => known[name] !== fields[name])
    : names.length > 0
  return open && isNews ? [{ type: 'fields.accepted', turnId: open.id, model, fields }] : []
}
