// Writes the generated parts of the documents: examples from test/examples, tables from the code and from the tests of attacks,
// the picture of the chart from the machine. `node --import tsx test/scripts/documents.ts` brings them up to date; a test compares.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Argument, Command } from 'commander'
import type { AnyStateMachine } from 'xstate'
import { conversationMachine } from '../../machines/index.ts'
import { errorConsequences, type TurnstateErrorCode } from '../../src/errors.ts'
import { sentences } from '../../src/error-sentences.ts'
import { policyAsOption, resetPolicyNames } from '../../src/journal/index.ts'
import { drawSvg } from '../../src/inspect/index.ts'
import type { Host } from '../../src/cli/host.ts'
import { createProgram } from '../../src/cli/program.ts'
import { problemStatuses } from '../../src/server/problems.ts'
import { recordKinds } from '../../src/observe/record-kinds.ts'
import { publicNames } from './public-names.ts'
import { withParts } from './parts.ts'

const root = new URL('../../', import.meta.url)

/** Every Markdown file that users read, by its path below the root. */
export const documents: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'llms.txt',
  ...readdirSync(new URL('docs/', root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

export const documentUrl = (path: string): URL => new URL(path, root)

export const exampleUrl = (name: string): URL => {
  const url = new URL(`test/examples/${name}.ts`, root)
  return existsSync(url) ? url : new URL(`test/examples/${name}.tsx`, root)
}

/** The code of an example, without what only this project's compiler needs to be told. */
const codeOf = (name: string): string =>
  readFileSync(exampleUrl(name), 'utf8')
    .replace(/^\/\*\* @jsxImportSource react \*\/\n/, '')
    .trimEnd()

/** The states that tell the story of a refusal. */
export const storyStates = [
  'idle',
  'asking',
  'streaming',
  'tools',
  'completed',
  'refused',
  'rejected',
  'reset',
] as const

const draw = (states?: readonly string[]): Promise<string> =>
  drawSvg(conversationMachine as AnyStateMachine, { open: 'none', compact: true, ...(states ? { states } : {}) })

/** The pictures of the documents, by their paths: the README's and the whole machine's. */
export const pictures: Readonly<Record<string, () => Promise<string>>> = {
  'docs/chart.svg': () => draw(storyStates),
  'docs/chart-whole.svg': () => draw(),
}

const codes = Object.keys(errorConsequences) as TurnstateErrorCode[]

/** For commands that are described, not run. */
const unusedHost: Host = {
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  script: '',
  env: {},
  leaving: new AbortController().signal,
}

/** The section of a command, and those of the commands below it. */
function flagsOf(command: Command, before: string): readonly string[] {
  const name = [before, command.name(), ...command.registeredArguments.map(written)].join(' ')
  const rows = command.options.map(({ flags, description, defaultValue, defaultValueDescription, argChoices }) => {
    const choices = argChoices ? ` (${argChoices.map((choice) => `\`${choice}\``).join(', ')})` : ''
    return `| \`${flags}\` | ${description}${choices} | ${String(defaultValueDescription ?? defaultValue ?? '')} |`
  })
  const table = rows.length === 0 ? [] : ['| flag | meaning | default |', '|---|---|---|', ...rows, '']
  return [
    `## ${name}`,
    '',
    command.description(),
    '',
    ...table,
    ...command.commands.flatMap((each) => flagsOf(each, `${before} ${command.name()}`)),
  ]
}

const written = (argument: Argument): string => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`)

/** What the documents get from elsewhere, by the name of the place: `<!-- errors -->` … `<!-- /errors -->`. */
const generated = {
  errors: () =>
    ['| code | retry or stop | meaning |', '|---|---|---|']
      .concat(codes.map((code) => `| \`${code}\` | ${errorConsequences[code]} | ${sentences[code]} |`))
      .join('\n'),
  options: () => {
    const exported = publicNames(['src/index.ts']).get('src/index.ts') ?? []
    const tables = ['ConversationOptions', 'RetryOptions', 'CompactionOptions', 'Budget'].map((name) => {
      const { doc = '', fields = [] } = exported.find((each) => each.name === name) ?? {}
      const rows = fields.map((field) => `| \`${field.name}\` | ${field.doc.replaceAll('|', '\\|')} |`)
      return [
        `## ${name}`,
        '',
        doc.replaceAll(/\{@link (\w+) ?\}/g, '`$1`'),
        '',
        '| option | meaning |',
        '|---|---|',
        ...rows,
      ].join('\n')
    })
    return tables.join('\n\n')
  },
  policies: () => {
    const path = 'src/journal/reset-policies.ts'
    const { fields = [] } =
      publicNames([path])
        .get(path)
        ?.find(({ name }) => name === 'ResetPolicies') ?? {}
    const rows = resetPolicyNames.map(
      (name) => `| \`${policyAsOption(name)}\` | ${fields.find((field) => field.name === name)?.doc} |`,
    )
    return ['| policy | what leaves the context |', '|---|---|', ...rows].join('\n')
  },
  records: () =>
    ['| record | says |', '|---|---|']
      .concat(Object.entries(recordKinds).map(([type, { about }]) => `| \`${type}\` | ${about} |`))
      .join('\n'),
  flags: () =>
    createProgram([], unusedHost, () => {})
      .commands.flatMap((command) => flagsOf(command, 'turnstate'))
      .join('\n')
      .trimEnd(),
  limits: () => {
    const path = 'src/server/limits.ts'
    const { fields = [] } =
      publicNames([path])
        .get(path)
        ?.find(({ name }) => name === 'ServerLimits') ?? {}
    return ['| limit | meaning |', '|---|---|', ...fields.map(({ name, doc }) => `| \`${name}\` | ${doc} |`)].join('\n')
  },
  statuses: () => {
    const statuses = [...new Set(Object.values(problemStatuses))].toSorted((one, other) => one - other)
    const rows = statuses.map((status) => {
      const those = Object.keys(problemStatuses).filter((code) => problemStatuses[code] === status)
      return `| ${status} | ${those.map((code) => `\`${code}\``).join(', ')} |`
    })
    return ['| status | codes |', '|---|---|', ...rows].join('\n')
  },
  attacks: () => {
    const tables = new URL('test/attacks/tables/', root)
    const rows = readdirSync(tables)
      .toSorted()
      .map((name) => readFileSync(new URL(name, tables), 'utf8'))
    return `| surface | attack | what happens |\n|---|---|---|\n${rows.join('').trimEnd()}`
  },
} satisfies Readonly<Record<string, () => string>>

/** Made once: the options take a while. */
let made: Readonly<Record<string, string>> | undefined
const parts = () => (made ??= Object.fromEntries(Object.entries(generated).map(([name, make]) => [name, make()])))

/** A document with its generated parts as they should be. */
export const refreshed = (document: string): string =>
  withParts(
    document.replaceAll(
      /```(tsx?) example=([\w-]+)\n[\s\S]*?```/g,
      (_, language: string, name: string) => `\`\`\`${language} example=${name}\n${codeOf(name)}\n\`\`\``,
    ),
    parts(),
  )

if (process.argv[1] === new URL(import.meta.url).pathname) {
  for (const path of documents) writeFileSync(documentUrl(path), refreshed(readFileSync(documentUrl(path), 'utf8')))
  for (const [path, drawn] of Object.entries(pictures)) writeFileSync(documentUrl(path), await drawn())
}
