import { isText, type JsonObject, objectsOf } from './json.ts'

/** The messages of a request that are objects. */
export const messagesOf = (body: JsonObject): readonly JsonObject[] =>
  objectsOf(body['messages']).map(({ object }) => object)

export interface PlacedBlock {
  readonly block: JsonObject
  readonly message: number
  /** `messages.i.content.j`, by the indexes in the request. */
  readonly place: string
}

export interface Turn {
  readonly role: unknown
  readonly blocks: readonly PlacedBlock[]
}

/** The messages as the API reads them: consecutive messages with the same role are one turn. */
export const turnsOf = (body: JsonObject): readonly Turn[] => {
  const turns: { readonly role: unknown; readonly blocks: PlacedBlock[] }[] = []
  for (const { object: message, index } of objectsOf(body['messages'])) {
    const { role, content } = message
    let turn = turns.at(-1)
    if (turn === undefined || turn.role !== role) turns.push((turn = { role, blocks: [] }))
    const given = isText(content) ? [{ object: { type: 'text', text: content }, index: 0 }] : objectsOf(content)
    for (const { object: block, index: at } of given)
      turn.blocks.push({ block, message: index, place: `messages.${index}.content.${at}` })
  }
  return turns
}
