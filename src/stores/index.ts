// What a store is, and the store in memory. The stores with a database have doors of their own.
export type * from './store.ts'
export { memoryStore } from './memory-store.ts'
export type { MemoryConversation, MemoryStore, MemoryStoreOptions } from './memory-store.ts'
