// The request field `tool_choice`.
import { isObject, isText, objectsOf } from '../api/json.ts'
import type { ModelRule } from './rule.ts'

export const toolChoice: ModelRule = ({ body, rules }) => {
  const choice = body['tool_choice']
  if (!isObject(choice)) return undefined
  const { type, name } = choice
  if (!isText(type) || !['any', 'auto', 'none', 'tool'].includes(type))
    return `tool_choice: Input tag '${isText(type) ? type : JSON.stringify(type)}' found using 'type' does not match any of the expected tags: 'any', 'auto', 'none', 'tool'`
  const tools = objectsOf(body['tools'])
  if (tools.length === 0 && objectsOf(body['mcp_servers']).length === 0 && type !== 'none')
    return 'tool_choice: tool_choice may only be specified while providing tools.'
  if (type !== 'any' && type !== 'tool') return undefined
  if (type === 'tool' && !tools.some(({ object }) => object['name'] === name))
    return `tool_choice: Tool '${isText(name) ? name : ''}' not found in provided tools`
  if (!rules.forcedToolChoice) return 'tool_choice: forcing tool use is not supported for this model.'
  const thinking = body['thinking']
  return isObject(thinking) && thinking['type'] === 'enabled'
    ? 'Thinking may not be enabled when tool_choice forces tool use.'
    : undefined
}
