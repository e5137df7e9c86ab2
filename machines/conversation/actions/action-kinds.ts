// The kinds of actions: most record facts, change the context in another way, or emit events at once.
import { assign, enqueueActions } from 'xstate'
import type { Fact } from '../../../src/journal/index.ts'
import type { ConversationContext, ConversationEmitted, ConversationEvent } from '../conversation.types.ts'
import { recorded } from '../record-facts.ts'

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
  also: (context: ConversationContext) => Partial<ConversationContext> = () => ({}),
) => change<Params>((context, params) => ({ ...recorded(context, facts(context, params)), ...also(context) }))

/** An action that emits events at once, whether or not everything is stored. */
export const emitNow = <Params extends object | undefined = undefined>(
  events: (context: ConversationContext, params: Params) => readonly ConversationEmitted[],
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
    for (const event of events(context, params)) enqueue.emit(event)
  })
