// The only door out of machines/: the charts as data, and their types.
export { conversationMachine } from './conversation/conversation.machine.ts'
export { defaultSettings } from './conversation/settings.ts'
export type * from './conversation/conversation.types.ts'
export { asSlot, typedCallback } from './define-slots.ts'
export { canCompact } from './conversation/compactions.ts'
export { branchObstacle, type BranchObstacle } from './conversation/branches.ts'
export { retryableTurn } from './conversation/turn-openings.ts'
export * from './tool-calls/index.ts'
