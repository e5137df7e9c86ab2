import { isObject, isText, type JsonObject, listOf } from '../api/json.ts'

const sampleOf = (schema: unknown): unknown => {
  if (!isObject(schema)) return 'sample'
  if ('const' in schema) return schema['const']
  const [first] = listOf(schema['enum'])
  if (first !== undefined) return first
  switch (schema['type']) {
    case 'object':
      return sampleInput(schema)
    case 'array':
      return []
    case 'number':
    case 'integer':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 1
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return 'sample'
  }
}

/** A plausible tool input: the required fields of a JSON schema, each with a sample value of its type. */
export const sampleInput = (schema: unknown): JsonObject => {
  if (!isObject(schema)) return {}
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  return Object.fromEntries(
    listOf(schema['required'])
      .filter(isText)
      .map((name) => [name, sampleOf(properties[name])]),
  )
}
