// The kinds of actions: most record facts, change the context in another way, or emit events at once.
import { assign, enqueueActions } from 'xstate'
import type { Fact } from '../../../src/journal/index.ts'
import type {
  Announcement,
  ConversationContext,
  ConversationEmitted,
  ConversationEvent,
} from '../conversation.types.ts'
import { announced, recorded } from '../record-facts.ts'

/** An action that changes the context, with the parameters that the arrow binds. */
export const change = <Params extends object | undefined>(
  next: (context: ConversationContext, params: Params) => Partial<ConversationContext>,
) =>
  assign<ConversationContext, ConversationEvent, Params, ConversationEvent, never>(({ context }, params) =>
    next(context, params),
  )

/** An action that records facts. */
export const record = <Params extends object | undefined>(
  facts: (context: ConversationContext, params: Params) => readonly Fact[],
) => change<Params>((context, params) => recorded(context, facts(context, params)))

/** An action that lets events wait until everything recorded so far is stored. */
export const announce = <Params extends object | undefined = undefined>(
  events: (context: ConversationContext, params: Params) => readonly Announcement[],
) => change<Params>((context, params) => announced(context, events(context, params)))

/** An action that emits events about what is not recorded. They carry the revision that is stored by now. */
export const emitNow = <Params extends object | undefined = undefined>(
  events: (context: ConversationContext, params: Params) => readonly Announcement[],
) =>
  enqueueActions<
    ConversationContext,
    ConversationEvent,
    Params,
    ConversationEvent,
    never,
    never,
    never,
    never,
    ConversationEmitted
  >(({ context, enqueue }, params) => {
    for (const event of events(context, params)) enqueue.emit({ ...event, revision: context.stored.revision })
  })
