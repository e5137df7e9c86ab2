import {
  all,
  anything,
  type Check,
  either,
  filledText,
  flag,
  list,
  nullable,
  oneOf,
  plainObject,
  shape,
  text,
  wholeNumber,
} from './check-fields.ts'
import { isObject, isText } from '../api/json.ts'

const deltas = either(list(text), wholeNumber(1), 'an array of strings or a number of characters of at least 1')

/** The deltas of a text are the text: a script that says two different things is a mistake. */
const deltasMake =
  (field: string): Check =>
  (value, place) => {
    const pieces = isObject(value) ? value['deltas'] : undefined
    const whole = isObject(value) ? value[field] : undefined
    if (!Array.isArray(pieces) || pieces.join('') === whole) return undefined
    return `${place}.deltas must together be ${place}.${field}: ${JSON.stringify(pieces.join(''))} is not ${JSON.stringify(whole)}`
  }

const inputOrJson: Check = (value, place) =>
  isObject(value) && value['input'] !== undefined && value['json'] !== undefined
    ? `${place} must have input or json, not both`
    : undefined

const omittedHasNoDeltas: Check = (value, place) =>
  isObject(value) && value['omitted'] === true && value['deltas'] !== undefined
    ? `${place}.deltas can't be given for omitted thinking: none of it is sent`
    : undefined

const typed: Check = (value, place) =>
  isObject(value) && isText(value['type']) && value['type'] !== ''
    ? undefined
    : `${place} must be an object with a type`

const call = all(
  shape(
    { type: text, name: filledText },
    { id: filledText, input: plainObject, json: text, caller: plainObject, fragment: wholeNumber(1) },
  ),
  inputOrJson,
)

const signedEncryptsItself: Check = (value, place) =>
  isObject(value) && value['signed'] === true && value['encryptedContent'] !== undefined
    ? `${place} must have no encryptedContent of its own in order to be signed`
    : undefined

const byType: Readonly<Record<string, Check>> = {
  text: all(shape({ type: text, text }, { deltas, citations: list(plainObject) }), deltasMake('text')),
  thinking: all(
    shape({ type: text, thinking: text }, { signature: text, omitted: flag, deltas }),
    omittedHasNoDeltas,
    deltasMake('thinking'),
  ),
  redacted_thinking: shape({ type: text, data: filledText }),
  tool_use: call,
  server_tool_use: call,
  server_tool_result: shape(
    { type: text, block: oneOf('web_search_tool_result', 'code_execution_tool_result'), content: anything },
    { toolUseId: filledText },
  ),
  compaction: all(
    shape({ type: text, content: nullable(filledText) }, { encryptedContent: nullable(text), signed: flag }),
    signedEncryptsItself,
  ),
  raw: shape({ type: text, block: typed }, { deltas: list(typed) }),
}

export const block: Check = (value, place) => {
  const type = isObject(value) ? value['type'] : undefined
  const check = isText(type) && Object.hasOwn(byType, type) ? byType[type] : undefined
  return check
    ? check(value, place)
    : `${place}.type must be one of ${Object.keys(byType).join(', ')}, not ${JSON.stringify(type)}; anything else is type "raw"`
}
