// Whether a request may carry the `tool_choice` that the app set.
import type { View } from '../journal/index.ts'
import type { MessageRequest } from '../source/message-source.ts'
import { isObject } from '../objects.ts'

type Fields = MessageRequest['fields']

const isFilled = (value: unknown): boolean => Array.isArray(value) && value.length > 0

/** Derived fields by what they were derived from, so that the same request is made of the same object. */
const withoutChoice = new WeakMap<Fields, Fields>()
const released = new WeakMap<Fields, Fields>()

function remembered(made: WeakMap<Fields, Fields>, fields: Fields, make: () => Fields): Fields {
  const known = made.get(fields) ?? make()
  made.set(fields, known)
  return known
}

/**
 * The fields with a `tool_choice` that the API takes, and that lets the turn end. Without tools there is nothing to choose ("may only
 * be specified while providing tools"). A choice that forces a call (`any`, `tool`) is for the first reply: with it, the model
 * could never say what the tools gave, so it is left to the model from then on, and where a cut reply is gone on with.
 */
export function withToolChoice({ open }: View, fields: Fields): Fields {
  const choice = fields['tool_choice']
  if (!isObject(choice)) return fields
  if (!isFilled(fields['tools']) && !isFilled(fields['mcp_servers']))
    return remembered(withoutChoice, fields, () => without(fields))
  const isForced = choice['type'] === 'any' || choice['type'] === 'tool'
  const hasReplied =
    open?.kind === 'continuation' ||
    (open?.steps.some(({ role, content }) => role === 'assistant' && content.some(isCall)) ?? false)
  return isForced && hasReplied ? remembered(released, fields, () => release(fields, choice)) : fields
}

/** A call of a tool of the app's, or a use of one of the API's. */
const isCall = ({ type }: { readonly type: string }): boolean => type.endsWith('tool_use')

function without(fields: Fields): Fields {
  const { tool_choice: _, ...rest } = fields
  return rest
}

/** What else was said of the choice stays. */
function release(fields: Fields, { disable_parallel_tool_use: alone }: Fields): Fields {
  return alone === undefined
    ? without(fields)
    : { ...fields, tool_choice: { type: 'auto', disable_parallel_tool_use: alone } }
}
