/** What the command runs in: the process, or a test. */
export interface Host {
  readonly input: Input
  readonly output: Output
  readonly errors: NodeJS.WritableStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborts when the process is told to end. The reason is the exit code for that. */
  readonly leaving: AbortSignal
}

export interface Input extends NodeJS.ReadableStream {
  /** Somebody may be typing. */
  readonly isTTY?: boolean | undefined
}

export interface Output extends NodeJS.WritableStream {
  /** Somebody may be watching. */
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly rows?: number | undefined
}

/** Keys can be read one by one. */
export const hasKeys = (input: Input): input is NodeJS.ReadStream =>
  input.isTTY === true && 'setRawMode' in input && typeof input.setRawMode === 'function'

/** Whether somebody broke off what gave this exit code: those of signals begin at 128. */
export const wasBrokenOff = (exitCode: number): boolean => exitCode >= 128

/** The exit code for a process that was told to end. */
export const leavingCode = ({ reason }: AbortSignal): number => (typeof reason === 'number' ? reason : 1)
