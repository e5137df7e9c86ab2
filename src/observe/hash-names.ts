import { noPromptHash } from '../journal/index.ts'

/** Returns the name that replaces a hash. */
export type NameOfHash = (hash: string) => string

/**
 * Replaces hashes with names, numbered in order: `hash-1`, `hash-2` … Equal hashes get the same name, so that changes are
 * visible; the hash itself is hidden, because the hash of a few words can be guessed. Each observation has its own names. The
 * hash of an empty prompt and the empty string stay as they are: they give nothing away.
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
