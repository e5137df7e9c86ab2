import { isObject, type JsonObject, objectsOf } from '../api/json.ts'
import { blocksOfMessages, type NestedBlock, nestedBlocks } from './placed-blocks.ts'
import { extraInput, type RequestToCheck } from './rule.ts'

/** Documented, and includes the automatic one at the top level. The wording is reported. */
const maxBreakpoints = 4

const marked = (value: JsonObject): boolean => isObject(value['cache_control'])

/** Blocks that can't have a breakpoint; both are documented. */
const misplaced = ({ block, place }: NestedBlock): string | undefined => {
  const { type, text } = block
  if (type === 'text' && text === '') return `${place}.text: cache_control cannot be set for empty text blocks`
  return type === 'thinking' || type === 'redacted_thinking' ? extraInput(`${place}.${type}.cache_control`) : undefined
}

/**
 * Counts breakpoints everywhere the API reads them: on the request, on tools, on blocks and on blocks inside blocks. A
 * property named `cache_control` in a schema or in a tool's input is not a breakpoint.
 */
export const cacheControl = ({ body }: RequestToCheck): string | undefined => {
  const blocks = [...nestedBlocks(body['system'], 'system'), ...blocksOfMessages(body)].filter(({ block }) =>
    marked(block),
  )
  for (const placed of blocks) {
    const problem = misplaced(placed)
    if (problem !== undefined) return problem
  }
  const tools = objectsOf(body['tools']).filter(({ object }) => marked(object))
  const found = blocks.length + tools.length + (marked(body) ? 1 : 0)
  return found > maxBreakpoints
    ? `A maximum of ${maxBreakpoints} blocks with cache_control may be provided. Found ${found}.`
    : undefined
}
