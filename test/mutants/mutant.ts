// What a mutant is, and what the runner, its vitest processes and the tests in them tell each other.

/** One small change of the code, which some test should notice. */
export type Mutant = {
  /** The instrumenter's id: the code asks for it at run time. */
  readonly id: string
  /** Path from the root of the project. */
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  /** The instrumenter's name of this kind of change, such as `ConditionalExpression`. */
  readonly kind: string
  readonly before: string
  readonly after: string
}

/** What a test file is told before it loads the code. */
type MutantRun = {
  /** The mutant that is switched on; null for the code as it is. */
  readonly active: string | null
  /** How often the mutant may be reached in one test file: more is an endless loop, and throws. */
  readonly hitLimit: number
  /** Where to write how often each mutant was reached, as JSON; null for nowhere. */
  readonly coverageFile: string | null
}

/** Asks a vitest process to run test files one after another until a test fails. */
export type Task = MutantRun & { readonly tests: readonly string[] }

/** What came of a task. */
export type Verdict = {
  /** The first test that failed, by file and name; null when all passed. */
  readonly killer: string | null
  /** How long the tests took, in milliseconds. */
  readonly duration: number
}

/** How often a test file reaches each mutant, by id. */
export type Hits = Readonly<Record<string, number>>

declare module 'vitest' {
  export interface ProvidedContext {
    mutantRun: MutantRun
  }
}
