// The only door out of machines/: the charts as data, and their types.
export { conversationMachine } from './conversation/conversation.machine.ts'
export { backoff } from './conversation/conversation.setup.ts'
export { defaultSettings } from './conversation/settings.ts'
export type * from './conversation/conversation.types.ts'
export { asSlot, typedCallback } from './typed-slots.ts'
export { canCompact } from './conversation/compactions.ts'
export { branchObstacle, type BranchObstacle, retryableTurn } from './conversation/turns.ts'
export * from './tool-calls/index.ts'
