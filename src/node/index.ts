// The door of what is for Node only.
export { leanFetch } from './lean-fetch.ts'
export type { LeanFetch } from './lean-fetch.ts'
export type { LeanFetchOptions, LeanTlsOptions } from './connections.ts'
export { byteReader } from '../claude/byte-reader.ts'
export type { ByteReader, HasByteReader } from '../claude/byte-reader.ts'
