// The door `turnstate/client`: a conversation over HTTP, for browsers, workers and Node.
export { connectConversation } from './connect-conversation.ts'
export type { ClientConversation, ConnectOptions } from './client-conversation.ts'
export type { Connection } from './link.ts'
export type { RequestHeaders } from './requests.ts'
export { versionHeader, wireVersion } from './wire.ts'
export type { ConversationChange, ConversationState, Problem, WireEvent, WireNotice, WireOutcome } from './wire.ts'
export { TurnstateError } from '../errors.ts'
