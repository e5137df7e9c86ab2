import { afterAll } from 'vitest'

/** Counts the runs of a test file and prints the counts at its end. */
export function createCounts<Name extends string>(
  ...names: readonly Name[]
): { add: (name: Name, some?: number) => void } {
  const counts = new Map<Name, number>(names.map((name) => [name, 0]))
  afterAll(() => {
    const told = [...counts].map(([name, count]) => `${count} ${name}`).join(', ')
    process.stdout.write(`refused text: ${told}\n`)
  })
  return { add: (name, some = 1) => void counts.set(name, (counts.get(name) ?? 0) + some) }
}
