import { isObject, type JsonObject, objectsOf } from '../json.ts'
import { extraInput, type RequestToCheck } from './violation.ts'

const maxBreakpoints = 4

const marked = (value: JsonObject): boolean => isObject(value['cache_control'])

/** The blocks of a list that may carry a marker, those inside tool results too. */
const markable = (blocks: unknown): readonly JsonObject[] =>
  objectsOf(blocks).flatMap(({ object }) =>
    object['type'] === 'tool_result' ? [object, ...markable(object['content'])] : [object],
  )

export const cacheControl = ({ body }: RequestToCheck): string | undefined => {
  for (const { object: message, index } of objectsOf(body['messages']))
    for (const { object: block, index: at } of objectsOf(message['content'])) {
      if (!marked(block)) continue
      const place = `messages.${index}.content.${at}`
      if (block['type'] === 'text' && block['text'] === '')
        return `${place}.text: cache_control cannot be set for empty text blocks`
      if (block['type'] === 'thinking' || block['type'] === 'redacted_thinking')
        return extraInput(`${place}.${block['type']}.cache_control`)
    }
  const all = [
    body,
    ...markable(body['tools']),
    ...markable(body['system']),
    ...objectsOf(body['messages']).flatMap(({ object }) => markable(object['content'])),
  ]
  const found = all.filter(marked).length
  return found > maxBreakpoints
    ? `A maximum of ${maxBreakpoints} blocks with cache_control may be provided. Found ${found}.`
    : undefined
}
