// What the store and its thread send each other.
import type { ErrorDetails, TurnstateErrorCode } from '../../errors.ts'
import type { Requests } from '../sql/backend.ts'
import type { SealParts } from '../sql/sealing.ts'

/** `full`: what is saved survives a power failure. `normal`: it survives the end of the process, however it ends. */
export type Durability = 'full' | 'normal'

/** What a thread is started with. */
export interface ThreadOptions {
  readonly path: string
  readonly durability: Durability
  /** Whose thread it is. */
  readonly thread: 'own' | 'app'
}

/** The requests of a store, and those about the file. */
export interface ThreadRequests extends Requests {
  /** A number that differs from the one before if another process has written. */
  dataVersion(): Promise<number>
  /** Writes a copy of the whole database to a file that must not exist. */
  backup(path: string): Promise<void>
  vacuum(): Promise<void>
  close(): Promise<void>
}

export type Method = keyof ThreadRequests

/** A request, with the time at which it was made. */
export interface Request {
  readonly number: number
  readonly method: Method
  readonly argument: unknown
  /** What the thread seals facts with; `null`: they stay as they are. */
  readonly seal: SealParts | null
  /** Milliseconds since 1970, and by the clock for leases. */
  readonly now: number
  readonly ticks: number
}

/** An error as it is sent. */
interface SentError {
  readonly code: TurnstateErrorCode
  readonly message: string
  readonly details: ErrorDetails
}

export type Reply =
  | { readonly number: number; readonly value: unknown }
  | { readonly number: number; readonly error: SentError }
