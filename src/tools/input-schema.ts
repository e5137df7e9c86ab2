import { messageOf } from '../errors.ts'
import type { Tool } from './tool.ts'
import { type JsonObject, type Objection } from './tool-objection.ts'
import { isRecord } from '../objects.ts'

/** The JSON Schema that the model receives. `jsonSchema` takes precedence over the schema's own. */
export function inputSchemaOf({ input, jsonSchema }: Tool, object: Objection): JsonObject {
  const schema: unknown = jsonSchema ?? derived(input, object)
  checkInputSchema(schema, object)
  return schema
}

function derived(input: Tool['input'], object: Objection): unknown {
  const { jsonSchema, vendor } = input['~standard']
  if (!jsonSchema)
    throw object(
      'tool-schema-invalid',
      `the schema of ${vendor} does not provide a JSON Schema. Give one as \`jsonSchema\`, or use Zod 4.2 or later.`,
    )
  try {
    return jsonSchema.input({ target: 'draft-2020-12' })
  } catch (cause) {
    throw object(
      'tool-schema-invalid',
      `its schema can't be converted to JSON Schema: ${messageOf(cause)}. Change it, or give \`jsonSchema\`.`,
      cause,
    )
  }
}

export function checkInputSchema(schema: unknown, object: Objection): asserts schema is JsonObject {
  if (isRecord(schema) && schema['type'] === 'object') return
  throw object(
    'tool-schema-invalid',
    'the JSON Schema of its input is not of type "object". Make an object of what it takes.',
  )
}
