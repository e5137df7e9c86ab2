import {
  type AnyActor,
  type AnyActorLogic,
  type CallbackActorLogic,
  type CallbackLogicFunction,
  type EventObject,
  fromCallback,
} from 'xstate'

/** `fromCallback` with a typed `sendBack`: a slot that sends the chart an event it does not know is a type error. */
export const typedCallback = <
  TReceived extends EventObject,
  TInput,
  TSent extends EventObject,
  TEmitted extends EventObject = EventObject,
>(
  run: CallbackLogicFunction<TReceived, TSent, TInput, TEmitted>,
): CallbackActorLogic<TReceived, TInput, TEmitted> => fromCallback<TReceived, TInput, TEmitted>(run)

/**
 * Fills a slot with any kind of actor. XState types a slot by the kind of its default; at run time the kind does
 * not matter, as long as the logic takes these events and this input.
 */
export const asSlot = <TReceived extends EventObject, TInput>(
  logic: AnyActorLogic,
): CallbackActorLogic<TReceived, TInput> => logic as CallbackActorLogic<TReceived, TInput>

/**
 * Finds something of the conversation that an actor belongs to. All actors of a conversation share one system, so a slot that is
 * filled once can serve every conversation of the process.
 */
export type OfConversation<Found> = (system: AnyActor['system']) => Found
