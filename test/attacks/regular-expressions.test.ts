// Every regular expression in the source matches foreign texts in time proportional to their length.
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

/** All nodes of a file, outer ones first. */
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

/** The parts of an expression that a matcher may try more than once at one position. */
const problemsOf = (literal: string): readonly string[] =>
  analyse(partsOf(literal), { reportTypes: { Move: true, Self: true, Trade: true } }).reports.map(({ type }) => type)

/** Texts of one repeated character that end in another one, which make a matcher try again from each position. */
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
  it('is found by the parser, anywhere in a file', () => {
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
      // If each position were tried to the end, it would take 16 times as long, a tenth of a second. A few milliseconds can
      // come from other work on the machine.
      expect(long).toBeLessThan(Math.max(10 * short, 20))
    }
  })

  it.each(['/[.\\s]+$/', '/^(a+)+$/', '/\\s*\\n\\s*/g'])(
    'would be reported if it took quadratic time: %s',
    (literal) => {
      expect(problemsOf(literal)).not.toEqual([])
    },
  )

  it('is never built from a foreign text, only from lists of our own', () => {
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
