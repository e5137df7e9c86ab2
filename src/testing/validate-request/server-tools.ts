import { isText, type JsonObject, objectsOf } from '../json.ts'
import { turnsOf } from '../turns.ts'
import type { RequestToCheck } from './violation.ts'

const toolNameOf = (block: JsonObject): string => String(block['name'])

/** The `name` under which `tools` defines what a server tool block calls. */
const definedAs = (name: string): readonly string[] =>
  name === 'bash_code_execution' || name === 'text_editor_code_execution' ? ['code_execution', name] : [name]

const resultTypeOf = (block: JsonObject): string => {
  if (block['type'] === 'mcp_tool_use') return 'mcp_tool_result'
  const name = toolNameOf(block)
  return `${name.startsWith('tool_search_tool') ? 'tool_search' : name}_tool_result`
}

const isProvided = (body: JsonObject, block: JsonObject): boolean =>
  block['type'] === 'mcp_tool_use'
    ? objectsOf(body['mcp_servers']).length > 0
    : objectsOf(body['tools']).some(({ object }) => definedAs(toolNameOf(block)).includes(String(object['name'])))

/** Ids of the calls that the server has not answered yet. */
export const openServerCalls = (body: JsonObject): readonly string[] => {
  const blocks = turnsOf(body).flatMap((turn) => turn.blocks.map(({ block }) => block))
  const resolved = new Set(blocks.map((block) => block['tool_use_id']))
  return blocks.flatMap(({ type, id }) =>
    (type === 'server_tool_use' || type === 'mcp_tool_use') && isText(id) && !resolved.has(id) ? [id] : [],
  )
}

/**
 * A server tool that has not answered yet may only be where the server can go on: at the very end, or before a last
 * turn that holds nothing but results of client tools. And the request has to bring the tool again.
 */
export const serverTools = ({ body }: RequestToCheck): string | undefined => {
  const turns = turnsOf(body).filter(({ role }) => role !== 'system')
  const resolved = new Set(turns.flatMap(({ blocks }) => blocks.map(({ block }) => block['tool_use_id'])))
  for (const [index, { role, blocks }] of turns.entries()) {
    if (role !== 'assistant') continue
    for (const { block, message } of blocks) {
      const { type, id } = block
      if ((type !== 'server_tool_use' && type !== 'mcp_tool_use') || !isText(id) || resolved.has(id)) continue
      const name = toolNameOf(block)
      const complaint = `messages.${message}: \`${name}\` tool use with id \`${id}\` was found without a corresponding \`${resultTypeOf(block)}\` block`
      const rest = turns.slice(index + 1)
      const onlyResults = rest.every((turn) => turn.blocks.every((next) => next.block['type'] === 'tool_result'))
      if (rest.length > 1 || !onlyResults) return complaint
      if (!isProvided(body, block)) return `${complaint}, but no \`${name}\` tool was provided`
    }
  }
  return undefined
}
