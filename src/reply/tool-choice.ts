// Fits the `tool_choice` that the app set to a request.
import type { View } from '../journal/index.ts'
import type { MessageRequest } from '../source/message-source.ts'
import { isObject } from '../objects.ts'

type Fields = MessageRequest['fields']

const isFilled = (value: unknown): boolean => Array.isArray(value) && value.length > 0

/** Derived fields by the fields they were derived from, so that equal requests share one object. */
const withoutChoice = new WeakMap<Fields, Fields>()
const released = new WeakMap<Fields, Fields>()

function remembered(made: WeakMap<Fields, Fields>, fields: Fields, make: () => Fields): Fields {
  const known = made.get(fields) ?? make()
  made.set(fields, known)
  return known
}

/**
 * The fields with a `tool_choice` that the API accepts and that lets the turn end. Without tools it is left out ("may only be
 * specified while providing tools"). A choice that forces a call (`any`, `tool`) applies to the first reply only: otherwise the
 * model could never answer in words. Later replies of the turn, and a turn that continues a cut reply, use `auto`.
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

/** Whether a block is a call of a client or server tool. */
const isCall = ({ type }: { readonly type: string }): boolean => type.endsWith('tool_use')

function without(fields: Fields): Fields {
  const { tool_choice: _, ...rest } = fields
  return rest
}

/** Releases a forced choice; `disable_parallel_tool_use` is kept. */
function release(fields: Fields, { disable_parallel_tool_use: alone }: Fields): Fields {
  return alone === undefined
    ? without(fields)
    : { ...fields, tool_choice: { type: 'auto', disable_parallel_tool_use: alone } }
}
