import { noPromptHash } from '../journal/index.ts'

/** Gives what stands for a hash. */
export type NameOfHash = (hash: string) => string

/**
 * Names for hashes, numbered as they come: `hash-1`, `hash-2` … Whoever sees the names can tell whether two things were alike,
 * and can't try out what they were: a hash of few words is soon guessed. Each observation has names of its own. The hash of a
 * prompt that says nothing stays, and so does none: both are known to everybody.
 */
export function hashNames(): NameOfHash {
  const names = new Map<string, string>([
    ['', ''],
    [noPromptHash, noPromptHash],
  ])
  return (hash) => {
    const known = names.get(hash)
    if (known !== undefined) return known
    const name = `hash-${names.size - 1}`
    names.set(hash, name)
    return name
  }
}
