import { isText, type JsonObject } from './json.ts'
import type { PlannedBlock } from './planned-reply.ts'
import type { ScriptedUsage } from './script.ts'

/** An estimate: four characters to a token, of all that the model would read. */
export const estimateInput = (body: JsonObject): number => {
  const { system, messages, tools } = body
  return Math.max(1, Math.ceil(JSON.stringify([system, messages, tools]).length / 4))
}

const countWords = (text: string): number => text.match(/\S+/g)?.length ?? 0

/** An estimate: a token to a word of text or thinking, four characters of anything else. */
export const estimateOutput = (blocks: readonly PlannedBlock[]): number => {
  let tokens = 0
  for (const { start, deltas } of blocks) {
    let prose = ''
    let other = deltas.length === 0 ? JSON.stringify(start).length : 0
    for (const delta of deltas) {
      const { text = delta['thinking'], partial_json: json } = delta
      if (isText(text)) prose += text
      else if (isText(json)) other += json.length
    }
    tokens += countWords(prose) + Math.ceil(other / 4)
  }
  return tokens
}

const inputCounts = (input: number, scripted: ScriptedUsage): JsonObject => ({
  input_tokens: scripted.inputTokens ?? input,
  cache_creation_input_tokens: scripted.cacheCreationInputTokens ?? 0,
  cache_read_input_tokens: scripted.cacheReadInputTokens ?? 0,
})

/** The usage of `message_start`: the input is counted, the output hardly begun. */
export const startUsage = (input: number, scripted: ScriptedUsage): JsonObject => ({
  ...inputCounts(input, scripted),
  cache_creation: {
    ephemeral_5m_input_tokens: scripted.cacheCreationInputTokens ?? 0,
    ephemeral_1h_input_tokens: 0,
  },
  output_tokens: 1,
  output_tokens_details: null,
  server_tool_use: null,
  service_tier: 'standard',
  inference_geo: null,
  speed: null,
})

/** The usage of `message_delta`: totals of the whole message. */
export const finalUsage = (input: number, output: number, scripted: ScriptedUsage): JsonObject => ({
  ...inputCounts(input, scripted),
  output_tokens: scripted.outputTokens ?? output,
  ...(scripted.thinkingTokens !== undefined && {
    output_tokens_details: { thinking_tokens: scripted.thinkingTokens },
  }),
  ...scripted.extra,
})

/** An entry of `usage.iterations`: one attempt, or one compaction, with its own counts. */
export const iteration = (
  type: string,
  input: number,
  blocks: readonly PlannedBlock[],
  scripted: ScriptedUsage,
): JsonObject => ({
  type,
  ...inputCounts(input, scripted),
  cache_creation: null,
  output_tokens: scripted.outputTokens ?? estimateOutput(blocks),
})
