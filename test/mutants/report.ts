// What came of a run: a table by file, and the survivors.
import type { Mutant } from './mutant.ts'

/** `unreached`: no test file loads the line. It counts as survived. */
export type Fate = 'killed' | 'timed out' | 'survived' | 'unreached'

export type Result = {
  readonly mutant: Mutant
  readonly fate: Fate
  /** The test that noticed it, by file and name. */
  readonly killer?: string
}

const percent = (results: readonly Result[]): string =>
  `${((100 * results.filter(isDead).length) / Math.max(1, results.length)).toFixed(1)} %`

/**
 * Where the score of all mutants lies with 95 % certainty when these are a random sample of them: Wilson's interval, in per
 * cent, its ends rounded outwards.
 */
export const interval = (results: readonly Result[]): readonly [low: number, high: number] => {
  const n = Math.max(1, results.length)
  const share = results.filter(isDead).length / n
  const z2 = 1.96 ** 2
  const middle = (share + z2 / (2 * n)) / (1 + z2 / n)
  const half = (1.96 / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n))
  return [Math.floor(100 * (middle - half)), Math.ceil(100 * (middle + half))]
}

const groupBy = <Item>(items: readonly Item[], key: (item: Item) => string): ReadonlyMap<string, readonly Item[]> => {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const name = key(item)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [item])
    else group.push(item)
  }
  return groups
}

const inOneLine = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > 100 ? `${line.slice(0, 99)}…` : line
}

/** `file:line  before → after`, and whether any test reaches it. */
export const describe = ({ mutant: { file, line, before, after }, fate }: Result): string =>
  `${file}:${line}  ${inOneLine(before)} → ${inOneLine(after)}${fate === 'unreached' ? '  (no test reaches it)' : ''}`

/** Whether a test noticed the mutant. */
export const isDead = ({ fate }: Result): boolean => fate === 'killed' || fate === 'timed out'

const areas = ['machines/', 'src/journal/']

/** Rows of Markdown: the areas first, then each file of which mutants ran. */
export const scoreTable = (results: readonly Result[], mutants: readonly Mutant[]): string => {
  const row = (name: string, of: readonly Result[], all: readonly Mutant[]): string =>
    `| ${name} | ${all.length} | ${of.length} | ${of.filter(isDead).length} | ${percent(of)} |`
  const byFile = groupBy(results, ({ mutant }) => mutant.file)
  const under = (area: string): string =>
    row(
      `**${area}**`,
      results.filter(({ mutant }) => mutant.file.startsWith(area)),
      mutants.filter(({ file }) => file.startsWith(area)),
    )
  return [
    '| file | mutants | run | killed | score |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...areas.map(under),
    ...[...groupBy(mutants, ({ file }) => file)]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .filter(([file]) => byFile.has(file))
      .map(([file, all]) => row(file, byFile.get(file) ?? [], all)),
  ].join('\n')
}
