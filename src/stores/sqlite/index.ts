// The door of the store in SQLite.
export { sqliteStore } from './sqlite-store.ts'
export type { SqliteStore, SqliteStoreOptions } from './sqlite-store.ts'
export type { Durability } from './protocol.ts'
export type { SqlStore } from '../sql/sql-store.ts'
export type { EncryptionKey, EncryptionOptions } from '../sql/sealing.ts'
