import type { Context } from 'hono'
import type { Conversation } from '../../index.ts'
import type { ServerEnv } from '../context.ts'
import { onceStored } from '../once-stored.ts'
import { inConversation, type Services } from '../services.ts'
import { stateOfChat } from '../streams/state.ts'

/**
 * Decides something in the conversation that the path names, and answers with its state once that is stored.
 *
 * @throws TurnstateError as `Rooms.enter()`, `onceStored()` and the decision
 */
export const onceStoredState = (
  services: Services,
  context: Context<ServerEnv>,
  decide: (chat: Conversation) => PromiseLike<unknown> | void,
): Promise<Response> =>
  inConversation(services, context, async ({ chat }) => {
    await onceStored(chat, decide(chat) ?? undefined)
    return context.json(stateOfChat(chat))
  })
