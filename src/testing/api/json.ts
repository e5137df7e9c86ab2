/** A parsed JSON object of which nothing is known yet. */
export type JsonObject = { readonly [key: string]: unknown }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isText = (value: unknown): value is string => typeof value === 'string'

/** The array in `value`, or an empty one: for walks that run after the shapes were checked. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The objects in an array, with the place each had in it. */
export function objectsOf(value: unknown): readonly { readonly object: JsonObject; readonly index: number }[] {
  const found: { object: JsonObject; index: number }[] = []
  listOf(value).forEach((object, index) => {
    if (isObject(object)) found.push({ object, index })
  })
  return found
}

/** The JSON object that a text holds; undefined for a text that holds anything else. */
export const parsedObject = (text: string): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
