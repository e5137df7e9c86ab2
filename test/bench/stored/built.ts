// The compiled package, as users run it. See `../built.ts`.
const door = (path: string): string => new URL(`../../../dist/src/${path}`, import.meta.url).href

export const { createConversation, memoryStore, openConversation } = (await import(
  door('index.js')
)) as typeof import('../../../src/index.ts')

export const { sqliteStore } = (await import(
  door('stores/sqlite/index.js')
)) as typeof import('../../../src/stores/sqlite/index.ts')
