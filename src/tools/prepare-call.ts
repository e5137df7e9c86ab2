import type { OpenCall } from '../../machines/index.ts'
import { objectionToInput } from '../journal/index.ts'
import { describeThrown } from './describe-thrown.ts'
import type { RunnableTool, ToolSet } from './read-tools.ts'
import type { SchemaIssue } from './standard-schema.ts'

/** A call that can be run. */
export interface ReadyCall {
  readonly kind: 'run'
  readonly tool: RunnableTool
  /** The input as the schema returned it. */
  readonly input: unknown
}

/** A call after its tool is found and its input checked. */
export type PreparedCall =
  | ReadyCall
  /** The app answers the call. */
  | { readonly kind: 'app' }
  /** The call can't be run; the model receives the reason. */
  | { readonly kind: 'unmet'; readonly why: string }

export async function prepareCall(tools: ToolSet, call: OpenCall): Promise<PreparedCall> {
  const { name, toolset, input } = call
  const tool = tools.find(call)
  if (!tool)
    return unmet(
      toolset === undefined
        ? `There is no tool "${name}". ${listed(tools.names)}`
        : `There is no toolset "${toolset}", so "${name}" was not run.`,
    )
  const objection = objectionToInput(input)
  if (objection !== null) return unmet(objection)
  if (tool.kind === 'app') return tool
  try {
    // A schema may return the object that it was given. The tool gets a copy, so that its changes do not reach the journal.
    const checked = await tool.definition.input['~standard'].validate(structuredClone(input))
    return checked.issues ? unmet(misfit(checked.issues)) : { kind: 'run', tool, input: checked.value }
  } catch (error) {
    return unmet(`The input of this call could not be checked, so it was not run: ${describeThrown(error)}`)
  }
}

const unmet = (why: string): PreparedCall => ({ kind: 'unmet', why })

const listed = (names: readonly string[]): string =>
  names.length === 0 ? 'There are no tools.' : `The tools are: ${names.join(', ')}.`

const misfit = (issues: readonly SchemaIssue[]): string =>
  [
    'The input of this call does not fit the tool, so it was not run:',
    ...issues.map(({ message, path = [] }) => `- ${path.length === 0 ? 'input' : pathText(path)}: ${message}`),
    'Correct the input and call the tool again.',
  ].join('\n')

const pathText = (path: NonNullable<SchemaIssue['path']>): string =>
  path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
