// Texts of others are matched in time that is in proportion to their length: whatever regular expression stands in the source.
import { readdirSync, readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { analyse } from 'scslre'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

interface Found {
  readonly where: string
  readonly literal: string
}

const files = ['src', 'machines'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => `${folder}/${name}`),
)

const sources = files.map((file) => ({
  file,
  tree: ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true),
}))

/** All nodes of a file, the outermost first. */
function* nodesOf(tree: ts.Node): Generator<ts.Node> {
  const left = [tree]
  for (let node = left.pop(); node; node = left.pop()) {
    yield node
    ts.forEachChild(node, (child) => void left.push(child))
  }
}

const expressions: readonly Found[] = sources.flatMap(({ file, tree }) =>
  [...nodesOf(tree)].filter(ts.isRegularExpressionLiteral).map(({ pos, text }) => ({
    where: `${file}:${tree.getLineAndCharacterOfPosition(pos).line + 1}`,
    literal: text,
  })),
)

const partsOf = (literal: string) => {
  const end = literal.lastIndexOf('/')
  return { source: literal.slice(1, end), flags: literal.slice(end + 1) }
}

/** What a matcher may try more than once at a place of a text. */
const problemsOf = (literal: string): readonly string[] =>
  analyse(partsOf(literal), { reportTypes: { Move: true, Self: true, Trade: true } }).reports.map(({ type }) => type)

/** Texts of one character again and again that end in another: what makes a matcher try again from each place. */
const pumpsOf = (literal: string, length: number): readonly string[] => {
  const letters = new Set(Array.from(`${partsOf(literal).source} \t\n.-/:0aA_"{[(\\\u00e9`))
  return [...letters].map((letter) => `${letter.repeat(length)}\u0001`)
}

function costOf(run: () => void): number {
  const times = [1, 2, 3].map(() => {
    const before = performance.now()
    run()
    return performance.now() - before
  })
  return Math.min(...times)
}

describe('a regular expression of the source', () => {
  it('is found by the parser, wherever it stands', () => {
    expect(expressions.length).toBeGreaterThan(100)
  })

  it.each(expressions)('never goes back over what it has read: $literal ($where)', ({ literal }) => {
    expect(problemsOf(literal)).toEqual([])
  })

  it.each(expressions)('costs four times as much for four times the text: $literal ($where)', ({ literal }) => {
    const { source, flags } = partsOf(literal)
    const expression = new RegExp(source, flags)
    const few = pumpsOf(literal, 4_000)
    for (const [index, text] of pumpsOf(literal, 16_000).entries()) {
      const long = costOf(() => void text.replace(expression, ''))
      const short = costOf(() => void few[index]?.replace(expression, ''))
      // Where each place were tried to the end, it would be 16 times as much, and a tenth of a second. A few milliseconds can
      // be somebody else's.
      expect(long).toBeLessThan(Math.max(10 * short, 20))
    }
  })

  it.each(['/[.\\s]+$/', '/^(a+)+$/', '/\\s*\\n\\s*/g'])('would be told from one that does: %s', (literal) => {
    expect(problemsOf(literal)).not.toEqual([])
  })

  it('is never made of a text, but of a list of our own', () => {
    const made = sources.flatMap(({ file, tree }) =>
      [...nodesOf(tree)]
        .filter(
          (node) =>
            (ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText(tree) === 'RegExp',
        )
        .map(() => file),
    )
    expect(made).toEqual(['src/testing/hostile/program/words.ts'])
  })
})
