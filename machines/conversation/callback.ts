import { type CallbackActorLogic, type CallbackLogicFunction, type EventObject, fromCallback } from 'xstate'

/** `fromCallback` with a typed `sendBack`: a slot that sends the chart an event it does not know is a type error. */
export const typedCallback = <
  TReceived extends EventObject,
  TInput,
  TSent extends EventObject,
  TEmitted extends EventObject = EventObject,
>(
  run: CallbackLogicFunction<TReceived, TSent, TInput, TEmitted>,
): CallbackActorLogic<TReceived, TInput, TEmitted> => fromCallback<TReceived, TInput, TEmitted>(run)
