import type { TranscriptItem } from '../../index.ts'

/** What a message can ask the page to do. The same functions as long as the conversation is open. */
export interface Doings {
  /** Puts the words of a message where messages are written; they take its place when they are sent. */
  readonly edit: (message: TranscriptItem) => void
  /** Puts the words of a refused message where messages are written. */
  readonly rephrase: (turnId: string) => void
  /** Lets the model forget this many exchanges before the end. */
  readonly goBack: (exchanges: number) => void
  readonly fail: (error: unknown) => void
  /** The names of models that can be asked. */
  readonly models: readonly string[]
}
