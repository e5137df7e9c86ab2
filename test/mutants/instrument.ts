// Puts every mutant of the given files into their code, each behind a switch (`globalThis.__stryker__.activeMutant`).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Instrumenter } from '@stryker-mutator/instrumenter'
import type { Mutant } from './mutant.ts'

const silent = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => false,
  isErrorEnabled: () => false,
  isFatalEnabled: () => false,
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  fatal: () => {},
}

/** Words that people read, such as error messages: a test that holds each of them would be a copy of them. */
const isSentence = ({ kind, before }: Mutant): boolean => kind === 'StringLiteral' && /\S\s+\S/.test(before)

/**
 * Writes the instrumented code of `files` (paths from `root`) to the same paths under `to`, and returns the mutants in it
 * without those that empty a sentence.
 */
export const instrument = async (root: string, files: readonly string[], to: string): Promise<readonly Mutant[]> => {
  const contents = new Map(files.map((file) => [join(root, file), readFileSync(join(root, file), 'utf8')]))
  const { files: instrumented, mutants } = await new Instrumenter(silent).instrument(
    [...contents].map(([name, content]) => ({ name, content, mutate: true })),
    { plugins: [], excludedMutations: [], ignorers: [] },
  )
  for (const { name, content } of instrumented) {
    const path = join(to, name.slice(root.length))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
  return mutants
    .map(({ id, fileName, location, mutatorName, replacement }) => ({
      id,
      file: fileName.slice(root.length),
      line: location.start.line + 1,
      kind: mutatorName,
      before: textAt(contents.get(fileName) ?? '', location),
      after: replacement,
    }))
    .filter((mutant) => !isSentence(mutant))
}

type Position = { readonly line: number; readonly column: number }

/** The text between two positions, both counted from 0; the end is not part of it. */
const textAt = (content: string, { start, end }: { readonly start: Position; readonly end: Position }): string => {
  const lines = content.split('\n').slice(start.line, end.line + 1)
  const last = lines.length - 1
  return lines
    .map((line, index) => line.slice(index === 0 ? start.column : 0, index === last ? end.column : undefined))
    .join('\n')
}
