// The tools for --tools: harmless and useful.
import * as v from 'valibot'
import type { ToolInput } from '../../conversation/options.ts'
import { tool } from '../../tools/tool.ts'
import { calculate } from './arithmetic.ts'
import { mostBytes, placeFrom, readTextFile } from './read-file.ts'

/** No file system allows a longer path. */
const longestPath = 4_096

export const clock = tool({
  name: 'clock',
  description: 'Returns the current date and time, in UTC and in the time zone of the user.',
  input: v.strictObject({}),
  jsonSchema: objectOf({}),
  run: () => {
    const now = new Date()
    return { utc: now.toISOString(), local: now.toString() }
  },
})

export const calculator = tool({
  name: 'calculate',
  description: 'Evaluates an expression of numbers, + - * / % ^ and parentheses, such as (1 + 2) * 3^2.',
  input: v.strictObject({ expression: v.string() }),
  jsonSchema: objectOf({ expression: 'What to calculate.' }),
  run: ({ expression }) => String(calculate(expression)),
})

const fileReader = tool({
  name: 'read_file',
  description: `Reads a text file of at most ${mostBytes / 1024} kB in the user's current directory or below. The user is asked first.`,
  input: v.strictObject({ path: v.pipe(v.string(), v.minLength(1), v.maxLength(longestPath)) }),
  jsonSchema: objectOf({ path: 'Where it is, relative to the current directory.' }),
  needsApproval: true,
  run: ({ path }) => readTextFile(path, process.cwd()),
})

/** Has no function to run: the person at the chat answers. */
const question = {
  name: 'ask_user',
  description: 'Asks the user a question and returns their answer. For what only they can know or decide.',
  input_schema: { ...objectOf({ question: 'What to ask.' }), type: 'object' as const },
}

/** The tools by name, as for --tools. */
export const chatTools: Readonly<Record<string, ToolInput>> = {
  clock,
  calculate: calculator,
  read_file: fileReader,
  ask_user: question,
}

/**
 * The path of the file that a call of `read_file` really reads, relative to the current directory, if links make it differ
 * from the path in the call. `null` if they are the same, and for other calls.
 */
export function roundaboutPath(name: string, input: unknown): string | null {
  const read = v.safeParse(v.looseObject({ path: v.string() }), input)
  if (name !== fileReader.name || !read.success) return null
  const { path } = read.output
  const leadsTo = placeFrom(process.cwd(), path)
  return leadsTo === path ? null : leadsTo
}

/** For --help. */
export const aboutTools =
  'clock gives the time; calculate does arithmetic; read_file reads a text file under the current directory, up to ' +
  `${mostBytes / 1024} kB, and asks you before each; ask_user asks you a question`

function objectOf(properties: Readonly<Record<string, string>>) {
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, description]) => [name, { type: 'string', description }]),
    ),
    required: Object.keys(properties),
    additionalProperties: false,
  }
}
