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

/** The exit code for a process that was told to end. */
export const leavingCode = ({ reason }: AbortSignal): number => (typeof reason === 'number' ? reason : 1)
