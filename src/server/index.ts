// The door `turnstate/server`: named exports, no logic.
export { conversationServer } from './conversation-server.ts'
export type { ConversationServer } from './conversation-server.ts'
export type { Principal } from './context.ts'
export type { ServerLimits } from './limits.ts'
export type { AccessLine, ConversationServerOptions, Opening, ServedOptions } from './options.ts'
export type { Upstream } from './gateway/index.ts'
export { serve } from './serve.ts'
export type { ServeOptions, Serving } from './serve.ts'
