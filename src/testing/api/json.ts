/** A JSON object with any fields. */
export type JsonObject = { readonly [key: string]: unknown }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isText = (value: unknown): value is string => typeof value === 'string'

/** The value if it is an array, else an empty one. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The objects in an array with their indexes. */
export function objectsOf(value: unknown): readonly { readonly object: JsonObject; readonly index: number }[] {
  const found: { object: JsonObject; index: number }[] = []
  listOf(value).forEach((object, index) => {
    if (isObject(object)) found.push({ object, index })
  })
  return found
}

/** The JSON object in a text; undefined if the text is anything else. */
export const parsedObject = (text: string): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
