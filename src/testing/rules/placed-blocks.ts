import { isObject, type JsonObject, objectsOf } from '../api/json.ts'

/** A block of a message, or one inside another block. */
export interface NestedBlock {
  readonly block: JsonObject
  /** The place as the API names it: `messages.0.content.1.tool_result.content.0`. */
  readonly place: string
}

/** The blocks of a list and those inside them: in tool results, documents and search results. */
export const nestedBlocks = (list: unknown, place: string): readonly NestedBlock[] =>
  objectsOf(list).flatMap(({ object: block, index }) => {
    const here = `${place}.${index}`
    const inside = `${here}.${String(block['type'])}`
    const { content, source } = block
    return [
      { block, place: here },
      ...nestedBlocks(content, `${inside}.content`),
      ...(isObject(source) ? nestedBlocks(source['content'], `${inside}.source.content`) : []),
    ]
  })

/** All blocks of the messages. */
export const blocksOfMessages = (body: JsonObject): readonly NestedBlock[] =>
  objectsOf(body['messages']).flatMap(({ object, index }) =>
    nestedBlocks(object['content'], `messages.${index}.content`),
  )
