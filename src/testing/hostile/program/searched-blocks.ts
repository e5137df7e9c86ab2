import { isText, type JsonObject, objectsOf } from '../../api/json.ts'

/** A content block and its place, as the API names it. */
export interface PlacedBlock {
  readonly block: JsonObject
  /** `messages.3.content.1`, or `messages.2.content.0.tool_result.content.1`; `messages.0.content` of a plain text. */
  readonly place: string
}

const nestedIn = ({ block, place }: PlacedBlock): readonly PlacedBlock[] =>
  block['type'] === 'tool_result'
    ? objectsOf(block['content']).map(({ object, index }) => ({
        block: object,
        place: `${place}.tool_result.content.${index}`,
      }))
    : []

/** The blocks in which a rule searches: those of the messages, in order. Blocks inside a result come before the result. */
export const searchedBlocks = (body: JsonObject): readonly PlacedBlock[] =>
  objectsOf(body['messages']).flatMap(({ object: { content }, index: message }) => {
    const place = `messages.${message}.content`
    if (isText(content)) return [{ block: { type: 'text', text: content }, place }]
    return objectsOf(content).flatMap(({ object, index }) => {
      const placed = { block: object, place: `${place}.${index}` }
      return [...nestedIn(placed), placed]
    })
  })
