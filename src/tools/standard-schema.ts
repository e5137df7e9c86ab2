// The parts of Standard Schema v1 (https://standardschema.dev) and of its JSON Schema companion that tools use, declared here
// so that no schema library is needed. Zod 4, Valibot and ArkType implement them.

/** Why an input does not fit a schema, as Standard Schema reports it. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** A schema of any library that implements Standard Schema: Zod, Valibot, ArkType … */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
    /** Zod has it from 4.2 on. */
    readonly jsonSchema?:
      | { readonly input: (options: { readonly target: 'draft-2020-12' }) => Readonly<Record<string, unknown>> }
      | undefined
  }
}

/** The type of the output that a schema returns for valid input. */
export type OutputOf<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output']

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'

/** Whether a value is a Standard Schema. ArkType's schemas are functions. */
export const isStandardSchema = (value: unknown): value is StandardSchema =>
  isObject(value) &&
  '~standard' in value &&
  isObject(value['~standard']) &&
  'validate' in value['~standard'] &&
  typeof value['~standard'].validate === 'function'
