// Whether a request can use a code execution container. The API rejects a container id in a request that can't.
import type { Block } from '../journal/index.ts'
import type { MessageRequest } from '../source/message-source.ts'
import { isObject } from '../objects.ts'

/** Matches the types of server tools that run in a container, whatever their version. */
const runsInContainer = /^(?:[a-z_]+_)?code_execution(?:_|$)/

/** From this version on the web tools filter their results with code in a container. */
const filteringSince = 20_260_209

/**
 * Whether a tool or a skill of the request can use a container, or the messages hold calls that ran in one: the API rejects these
 * without the container's id.
 */
export function canUseContainer({ fields, messages }: Pick<MessageRequest, 'fields' | 'messages'>): boolean {
  const { tools, container } = fields
  if (isObject(container) && Array.isArray(container['skills']) && container['skills'].length > 0) return true
  if (Array.isArray(tools) && tools.some(usesContainer)) return true
  return messages.some(({ content }) => typeof content !== 'string' && content.some(ranInContainer))
}

/** Whether a block is a call of a tool such as `bash_code_execution`, or its result. */
const ranInContainer = ({ type, name }: Block): boolean =>
  runsInContainer.test(type) || (type === 'server_tool_use' && typeof name === 'string' && runsInContainer.test(name))

function usesContainer(tool: unknown): boolean {
  if (!isObject(tool)) return false
  const { type, allowed_callers: callers } = tool
  if (Array.isArray(callers) && callers.some((caller) => typeof caller === 'string' && runsInContainer.test(caller)))
    return true
  if (typeof type !== 'string') return false
  const version = /^web_(?:search|fetch)_(\d{8})$/.exec(type)?.[1]
  return runsInContainer.test(type) || Number(version ?? 0) >= filteringSince
}
