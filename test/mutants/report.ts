// What came of a run: a table by file, and the survivors.
import type { Mutant } from './mutant.ts'

/** `unreached`: no test file loads the line. It counts as survived. */
export type Fate = 'killed' | 'timed out' | 'survived' | 'unreached'

export type Result = { readonly mutant: Mutant; readonly fate: Fate }

const percent = (results: readonly Result[]): string =>
  `${((100 * results.filter(isDead).length) / Math.max(1, results.length)).toFixed(1)} %`

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
