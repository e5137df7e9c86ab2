import type { JsonObject } from '../../api/json.ts'
import { isObject, isText } from '../../api/json.ts'
import { type HostileBlock, picture } from './inputs.ts'
import { wordOf } from './words.ts'

/** The input of the tool `note`. */
export interface NoteInput {
  /** `arg-3-0` for the first call of message 3. */
  readonly text: string
  /** Whether the result contains an image. */
  readonly picture: boolean
}

interface NoteSchema {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (
      value: unknown,
    ) => { readonly value: NoteInput } | { readonly issues: readonly { readonly message: string }[] }
    readonly types?: { readonly input: NoteInput; readonly output: NoteInput }
  }
}

/** The tool that programs call. `tool(note)` of turnstate accepts it, as does anything that takes Standard Schemas. */
export interface NoteTool {
  readonly name: string
  readonly description: string
  readonly input: NoteSchema
  readonly jsonSchema: JsonObject
  readonly run: (input: NoteInput) => readonly HostileBlock[]
}

const readInput = (value: unknown): NoteInput | undefined =>
  isObject(value) && isText(value['text']) ? { text: value['text'], picture: value['picture'] === true } : undefined

const schema: NoteSchema = {
  '~standard': {
    version: 1,
    vendor: 'turnstate',
    validate: (value) => {
      const value_ = readInput(value)
      return value_ ? { value: value_ } : { issues: [{ message: 'text is missing' }] }
    },
  },
}

const jsonSchema: JsonObject = {
  type: 'object',
  properties: { text: { type: 'string' }, picture: { type: 'boolean' } },
  required: ['text', 'picture'],
}

/** The definition of `note` in requests. */
export const noteDefinition: JsonObject = { name: 'note', description: 'Keeps a text.', input_schema: jsonSchema }

/** The definition of code execution, a tool that the API runs. */
export const codeExecution = { type: 'code_execution_20260521', name: 'code_execution' } as const

/** The argument of a call, by which its executions are counted. */
export const argumentOf = (message: number, call: number): string => `${wordOf('arg', message)}${call}`

/** The result of `note`. */
export const noteResult = ({ text, picture: withPicture }: NoteInput): readonly HostileBlock[] => {
  const said = { type: 'text', text: `Kept as ${text.replace('arg', 'res')}.` }
  return withPicture ? [said, picture] : [said]
}

/** Makes the tool `note`, and counts how often it ran for each argument. */
export const createNote = (): { readonly note: NoteTool; readonly runs: ReadonlyMap<string, number> } => {
  const runs = new Map<string, number>()
  return {
    runs,
    note: {
      name: 'note',
      description: 'Keeps a text.',
      input: schema,
      jsonSchema,
      run: (input) => {
        runs.set(input.text, (runs.get(input.text) ?? 0) + 1)
        return noteResult(input)
      },
    },
  }
}
