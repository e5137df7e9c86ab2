import type { Connection } from '../client/index.ts'
import type { Conversation } from '../index.ts'

/**
 * What the hooks need of a conversation. One in the same process has it, and so has a client of `turnstate/client`. Methods that
 * return nothing may return promises.
 */
export interface ReactConversation extends Pick<
  Conversation,
  | 'id'
  | 'title'
  | 'status'
  | 'canSend'
  | 'messages'
  | 'queue'
  | 'held'
  | 'pendingCalls'
  | 'refusal'
  | 'rejection'
  | 'usage'
  | 'error'
  | 'model'
  | 'sendMessage'
  | 'stop'
  | 'retry'
  | 'regenerate'
  | 'editMessage'
  | 'approveTool'
  | 'denyTool'
  | 'answerTool'
  | 'resolveRefusal'
  | 'resolveRejection'
  | 'clear'
  | 'withdraw'
  | 'releaseQueue'
  | 'subscribe'
> {
  /** Whether the server of a client can be reached. */
  readonly connection?: Connection
}
