// The kinds of `content_block_delta` that the simulator writes, and how they add up to a block.
import { isText, type JsonObject } from '../api/json.ts'

/** Makes a delta of each kind. */
export const deltas = {
  text: (text: string): JsonObject => ({ type: 'text_delta', text }),
  citation: (citation: JsonObject): JsonObject => ({ type: 'citations_delta', citation }),
  thinking: (thinking: string): JsonObject => ({ type: 'thinking_delta', thinking }),
  signature: (signature: string): JsonObject => ({ type: 'signature_delta', signature }),
  inputJson: (json: string): JsonObject => ({ type: 'input_json_delta', partial_json: json }),
  compaction: (content: string | null, encrypted: string | null): JsonObject => ({
    type: 'compaction_delta',
    content,
    encrypted_content: encrypted,
  }),
} as const

export const isSignature = ({ type }: JsonObject): boolean => type === 'signature_delta'

const parsedInput = (json: string): unknown => {
  try {
    return JSON.parse(json === '' ? '{}' : json)
  } catch {
    return {}
  }
}

/** The whole block, as a reply without a stream has it. Tool input that was cut off becomes `{}`. */
export const assembleBlock = ({
  start,
  deltas: added,
}: {
  readonly start: JsonObject
  readonly deltas: readonly JsonObject[]
}): JsonObject => {
  const pieces = new Map<string, string[]>()
  const citations: unknown[] = []
  let whole: JsonObject = {}
  for (const { type, ...fields } of added) {
    if (type === 'citations_delta') citations.push(fields['citation'])
    else if (type === 'compaction_delta') whole = { ...whole, ...fields }
    else
      for (const [name, value] of Object.entries(fields))
        if (isText(value)) {
          const parts = pieces.get(name)
          if (parts) parts.push(value)
          else pieces.set(name, [value])
        }
  }
  const joined = Object.fromEntries([...pieces].map(([name, parts]) => [name, parts.join('')]))
  const { partial_json: json, ...texts } = joined
  return {
    ...start,
    ...texts,
    ...whole,
    ...(json !== undefined && { input: parsedInput(json) }),
    ...(citations.length > 0 && { citations }),
  }
}
