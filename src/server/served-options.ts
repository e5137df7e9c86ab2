// The options of the conversations that a server opens.
import type { ConversationOptions, StoreOptions } from '../index.ts'
import type { Principal } from './context.ts'

/** The options of a conversation that a server opens. Its id, its store and its history are the server's. */
export type ServedOptions = Omit<ConversationOptions, 'id' | 'messages' | 'generateId'> &
  Pick<StoreOptions, 'onInterrupted' | 'lease' | 'takeOver'>

/** Which conversation is opened, and for whom. */
export interface Opening {
  readonly id: string
  readonly principal: Principal
}
