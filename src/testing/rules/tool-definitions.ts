import { isObject, isText, listOf } from '../api/json.ts'
import { toolName } from './block-fields.ts'
import { missingField, type Rule } from './rule.ts'

/** The definitions in `tools`. The app's own are checked completely, the vendor's only by name. */
export const toolDefinitions: Rule = ({ body }) => {
  const names = new Set<string>()
  for (const [index, tool] of listOf(body['tools']).entries()) {
    if (!isObject(tool)) return `tools.${index}: Input should be a valid dictionary or object to extract fields from`
    const { type = 'custom', name } = tool
    if (type === 'custom') {
      const place = `tools.${index}.custom`
      if (name === undefined) return missingField(`${place}.name`)
      const misnamed = toolName(name)
      if (misnamed !== undefined) return `${place}.name: ${misnamed}`
      if (tool['input_schema'] === undefined) return missingField(`${place}.input_schema`)
      if (!isObject(tool['input_schema'])) return `${place}.input_schema: Input should be a valid dictionary`
      if (tool['input_schema']['type'] !== 'object') return `${place}.input_schema.type: Input should be 'object'`
    }
    if (!isText(name)) continue
    if (names.has(name)) return 'tools: Tool names must be unique.'
    names.add(name)
  }
  return undefined
}
