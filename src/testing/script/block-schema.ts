// The blocks that a script may contain, as schemas. The types, with what each field means, are in script-blocks.ts.
import * as v from 'valibot'
import { isText, type JsonObject } from '../api/json.ts'
import {
  anything,
  type Clash,
  either,
  fields,
  filledText,
  flag,
  jsonObject,
  list,
  mustBe,
  mustBeOneOf,
  oneOf,
  rule,
  shown,
  text,
  wholeNumber,
} from './schema.ts'

const deltas = either(list(text), wholeNumber(1), 'an array of strings or a number of characters of at least 1')

/** The deltas of a text are the text: a script that says two different things is a mistake. */
const clashOfDeltas = (pieces: readonly string[] | number | undefined, whole: string): Clash | undefined =>
  !Array.isArray(pieces) || pieces.join('') === whole
    ? undefined
    : ['deltas', `must together be the block's text: ${shown(pieces.join(''))} is not ${shown(whole)}`]

const typed = v.custom<JsonObject>((value) => {
  const { type } = Object(value)
  return isText(type) && type !== ''
}, mustBe('an object with a type'))

const call = {
  name: filledText,
  id: v.optional(filledText),
  input: v.optional(jsonObject),
  json: v.optional(text),
  caller: v.optional(jsonObject),
  fragment: v.optional(wholeNumber(1)),
}

const clashOfInput = ({ input, json }: { readonly input?: unknown; readonly json?: unknown }): Clash | undefined =>
  input === undefined || json === undefined ? undefined : [undefined, 'must have input or json, not both']

const blocks = [
  v.pipe(
    fields({ type: v.literal('text'), text, deltas: v.optional(deltas), citations: v.optional(list(jsonObject)) }),
    rule((block) => clashOfDeltas(block.deltas, block.text)),
  ),
  v.pipe(
    fields({
      type: v.literal('thinking'),
      thinking: text,
      signature: v.optional(text),
      omitted: v.optional(flag),
      deltas: v.optional(deltas),
    }),
    rule((block) =>
      block.omitted === true && block.deltas !== undefined
        ? ['deltas', "can't be given for omitted thinking, of which nothing is sent"]
        : clashOfDeltas(block.deltas, block.thinking),
    ),
  ),
  fields({ type: v.literal('redacted_thinking'), data: filledText }),
  v.pipe(
    fields({ type: v.literal('tool_use'), ...call }),
    rule((block) => clashOfInput(block)),
  ),
  v.pipe(
    fields({ type: v.literal('server_tool_use'), ...call }),
    rule((block) => clashOfInput(block)),
  ),
  fields({
    type: v.literal('server_tool_result'),
    block: oneOf('web_search_tool_result', 'code_execution_tool_result'),
    content: anything,
    toolUseId: v.optional(filledText),
  }),
  v.pipe(
    fields({
      type: v.literal('compaction'),
      content: v.nullable(filledText),
      encryptedContent: v.optional(v.nullable(text)),
      signed: v.optional(flag),
    }),
    rule(({ signed, encryptedContent }) =>
      signed === true && encryptedContent !== undefined
        ? ['encryptedContent', "can't be given for a signed compaction: the simulator makes it"]
        : undefined,
    ),
  ),
  fields({ type: v.literal('raw'), block: typed, deltas: v.optional(list(typed)) }),
] as const

const types = blocks.map(({ entries }) => entries.type.literal)

const mustBeType = mustBeOneOf(types)

/** A block of a scripted reply. */
export const block = v.variant('type', blocks, (issue) => {
  if (!issue.path) return mustBe('an object')(issue)
  const problem = mustBeType(issue)
  return `${problem}${problem.endsWith('?') ? '' : '.'} For any other block, use type "raw".`
})
