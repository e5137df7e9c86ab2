// What was shown of a reply and is void: it waits with the fact that makes it void, so that nobody is told before that is stored.
import type { Announcement, ConversationContext, CutReply } from './conversation.types.ts'

/** Retracts what was shown of the reply in progress, if anything was. */
export const retraction = (
  { view: { open, attempt } }: ConversationContext,
  { shown, cause }: { readonly shown: boolean; readonly cause: 'refusal' | 'rejection' | 'retry' },
): readonly Announcement[] => (open && shown ? [{ type: 'retracted', turnId: open.id, attempt, cause }] : [])

/** The same for a reply that was cut after its refusal had arrived: the model's own, or that of a model before it within the API. */
export const cutRetraction = (context: ConversationContext, partial: CutReply | undefined): readonly Announcement[] =>
  retraction(context, {
    shown: partial?.refusal?.refusal.textShown ?? (partial?.isVoid === true && partial.shown),
    cause: 'refusal',
  })
