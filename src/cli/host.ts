import type { Jobs } from './jobs.ts'

/** The environment of the command: the process, or a test. */
export interface Host {
  readonly input: Input
  readonly output: Output
  readonly errors: NodeJS.WritableStream
  /** The path of the program, which shows how it was started. */
  readonly script: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborts when the process gets a signal to end. The reason is the exit code. */
  readonly leaving: AbortSignal
  /** Missing: the command can't be stopped and continued. */
  readonly jobs?: Jobs
}

export interface Input extends NodeJS.ReadableStream {
  /** Whether a person may be typing. */
  readonly isTTY?: boolean | undefined
}

export interface Output extends NodeJS.WritableStream {
  /** Whether a person may be reading. */
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly rows?: number | undefined
}

/** Whether single keys can be read. */
export const hasKeys = (input: Input): input is NodeJS.ReadStream =>
  input.isTTY === true && 'setRawMode' in input && typeof input.setRawMode === 'function'

/** Whether an exit code means that a signal ended the command: those start at 128. */
export const wasInterrupted = (exitCode: number): boolean => exitCode >= 128

/** The exit code after a signal. */
export const leavingCode = ({ reason }: AbortSignal): number => (typeof reason === 'number' ? reason : 1)
