// The results of many conversations, by rule.
import { cameBackAfter, type HostileProgram, type HostileReport } from '../../src/testing/index.ts'

interface Row {
  conversations: number
  struck: number
  /** Conversations by the number of further messages until one completed; the last entry is for never. */
  back: [number, number, number, number, number, number]
  requests: number
  aside: number
  problems: number
}

const named = ({ rejection }: HostileProgram): string => {
  if (!rejection) return 'none'
  const { rule } = rejection
  switch (rule.on) {
    case 'block':
      return `block ${rule.type}`
    case 'marker':
      return `marker in ${rule.where}`
    case 'field':
      return `field ${rule.field}`
    case 'modelAndField':
      return `model + ${rule.field}`
    case 'file':
      return rule.of === undefined ? 'file any' : 'file one'
    default:
      return rule.on
  }
}

/** The number of completed messages that the last request does not contain. */
const asideAtTheEnd = ({ messages }: HostileReport): number => {
  const last = messages.flatMap(({ requests }) => requests).at(-1)
  const said = JSON.stringify(last?.body['messages'] ?? [])
  return messages.filter(
    ({ status }, number) => status === 'completed' && number < (last?.message ?? 0) && !said.includes(`in-${number}-`),
  ).length
}

const count = <Key>(counts: Map<Key, number>, key: Key): void => void counts.set(key, (counts.get(key) ?? 0) + 1)

const ranked = (counts: ReadonlyMap<string, number>): readonly string[] =>
  [...counts].toSorted(([, a], [, b]) => b - a).map(([key, times]) => `${times} × ${key}`)

export function createFigures() {
  const rows = new Map<string, Row>()
  /** For each problem, without its numbers: how many conversations had it, and the shortest of them. */
  const problemsBy = new Map<string, number>()
  const examples = new Map<string, string>()
  /** For each type of event from the first failure on: how many conversations had it. */
  const toldBy = new Map<string, number>()
  /** How many requests the first failing message took. */
  const costs = new Map<number, number>()
  return {
    get broken(): number {
      return rows.get('all')?.problems ?? 0
    },
    add(report: HostileReport, problems: readonly string[]) {
      const keys = [named(report.program), `says ${report.program.rejection?.says ?? 'nothing'}`, 'all']
      const back = cameBackAfter(report)
      for (const key of keys) {
        const row = rows.get(key) ?? {
          conversations: 0,
          struck: 0,
          back: [0, 0, 0, 0, 0, 0],
          requests: 0,
          aside: 0,
          problems: 0,
        }
        rows.set(key, row)
        row.conversations++
        if (back !== undefined) {
          row.struck++
          row.back[back === 'never' ? 5 : (Math.min(back, 4) as 0 | 1 | 2 | 3 | 4)]++
        }
        row.requests = Math.max(row.requests, ...report.messages.map(({ requests }) => requests.length))
        row.aside = Math.max(row.aside, asideAtTheEnd(report))
        if (problems.length > 0) row.problems++
      }
      const first = report.messages.findIndex(({ requests }) => requests.some(({ ended }) => ended === 'rejected'))
      if (first >= 0) {
        count(costs, report.messages[first]?.requests.length ?? 0)
        for (const type of new Set(report.messages.slice(first).flatMap(({ told }) => told))) count(toldBy, type)
      }
      const example = JSON.stringify(report.program)
      for (const kind of new Set(problems.map((problem) => problem.replaceAll(/\d+(, \d+)*/g, 'N').slice(0, 110)))) {
        count(problemsBy, kind)
        if (example.length < (examples.get(kind)?.length ?? Infinity)) examples.set(kind, example)
      }
    },
    text(): string {
      const head = ['rule', 'conv.', 'struck', '+0', '+1', '+2', '+3', '+4…', 'never', 'requests', 'aside', 'broken']
      const lines = [...rows]
        .toSorted(([a], [b]) => a.localeCompare(b))
        .map(([key, row]) => [
          key,
          row.conversations,
          row.struck,
          ...row.back,
          `≤ ${row.requests}`,
          `≤ ${row.aside}`,
          row.problems,
        ])
      const table = [head, ...lines].map(([first, ...rest]) =>
        [String(first).padEnd(36), ...rest.map((cell) => String(cell).padStart(8))].join(' '),
      )
      const rungs = [...costs].toSorted(([a], [b]) => a - b).map(([cost, times]) => `${times} × ${cost}`)
      return [
        ...table,
        `requests of the first message that was rejected: ${rungs.join(', ')}`,
        `told from there on: ${ranked(toldBy).join(', ')}`,
        'broken:',
        ...ranked(problemsBy).map((line) => `  ${line}`),
        ...[...examples].map(([kind, example]) => `\n${kind}\n  ${example}`),
      ].join('\n')
    },
  }
}
