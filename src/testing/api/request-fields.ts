// What a request asks for, where several rooms have to know it.
import { isObject, isText, type JsonObject } from './json.ts'

/** The names in the `anthropic-beta` header. */
export const betasOf = (headers: Readonly<Record<string, string>>): readonly string[] =>
  (headers['anthropic-beta'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')

/** Whether a request asks for a summary of its conversation instead of a reply. */
export const asksForCompaction = (body: JsonObject): boolean => (body['compaction'] ?? null) !== null

/** Whether a `tool_choice` forces the model to call a tool. */
export const forcesTool = (choice: unknown): boolean =>
  isObject(choice) && (choice['type'] === 'any' || choice['type'] === 'tool')

/** The token in `fallback_credit_token`, which is a string or an object. */
export const creditTokenOf = (body: JsonObject): string | undefined => {
  const given = body['fallback_credit_token']
  const token = isObject(given) ? given['token'] : given
  return isText(token) ? token : undefined
}
