// How the chart writes: an action names facts, which are folded into the view at once and wait in a batch until the journal has
// stored them. What there is to say about them waits with them.
import { evidenceNames, type Fact, appendFacts, type StoredFact, type View } from '../../src/journal/index.ts'
import type { Announcement, Batch, ConversationContext, FinishedReply, ToolsCommand } from './conversation.types.ts'

/** The context with these facts recorded, and these events and commands waiting until they are stored. */
export function recorded(
  context: ConversationContext,
  facts: readonly Fact[],
  events: readonly Announcement[] = [],
  commands: readonly ToolsCommand[] = [],
): ConversationContext {
  if (facts.length + events.length + commands.length === 0) return context
  const { view, stored } = appendFacts(context.view, facts)
  return { ...context, view, pending: [...context.pending, { facts: stored, view, events, commands }] }
}

/** Lets events wait until everything recorded so far is stored. */
export const announced = (context: ConversationContext, events: readonly Announcement[]): ConversationContext =>
  recorded(context, [], events)

/** The id of an append: where it begins, and how many facts it has. */
export const appendIdOf = (expected: number, count: number): string => `${expected}+${count}`

/** The revision after an append with this id; infinite for an id of another form. */
export function endOfAppend(appendId: string): number {
  const [expected = NaN, count = NaN] = appendId.split('+').map(Number)
  return Number.isNaN(expected + count) ? Infinity : expected + count
}

/** The facts that the journal has not acknowledged, the oldest first. */
export const unsavedFacts = (pending: readonly Batch[]): readonly StoredFact[] => pending.flatMap(({ facts }) => facts)

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
  'thinkingTimes',
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
