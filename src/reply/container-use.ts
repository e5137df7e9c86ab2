// Which requests can use a code execution container. The API objects to the id of one where nothing could run in it.
import type { Block } from '../journal/index.ts'
import type { MessageRequest } from '../source/message-source.ts'
import { isObject } from '../objects.ts'

/** Tools of the API that run in a container, by their types; later versions of them do too. */
const runsInContainer = /^(?:[a-z_]+_)?code_execution(?:_|$)/

/** From this version on the web tools filter what they find with code of their own, in a container. */
const filteringSince = 20_260_209

/**
 * Whether a tool of the request, or a skill, can use a container, or what the API's own tools did in it is sent back: the API
 * rejects a follow-up to that which does not name the container.
 */
export function canUseContainer({ fields, messages }: Pick<MessageRequest, 'fields' | 'messages'>): boolean {
  const { tools, container } = fields
  if (isObject(container) && Array.isArray(container['skills']) && container['skills'].length > 0) return true
  if (Array.isArray(tools) && tools.some(usesContainer)) return true
  return messages.some(({ content }) => typeof content !== 'string' && content.some(ranInContainer))
}

/** `bash_code_execution`, say, and what it gave. */
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
