// The door of the store in Postgres.
export { postgresStore } from './postgres-store.ts'
export type { PostgresPool, PostgresStore, PostgresStoreOptions } from './postgres-store.ts'
export type { EncryptionKey, EncryptionOptions } from '../sql/sealing.ts'
