import { isText, type JsonObject } from '../api/json.ts'
import type { PlannedBlock } from './planned-reply.ts'
import type { ScriptedUsage } from '../script/script.ts'

/** Estimates the input tokens of a request, at four characters each. */
export const estimateInput = (body: JsonObject): number => {
  const { system, messages, tools } = body
  return Math.max(1, Math.ceil(JSON.stringify([system, messages, tools]).length / 4))
}

const countWords = (text: string): number => text.match(/\S+/g)?.length ?? 0

/** Estimates output tokens: one per word of text or thinking, one per four characters of anything else. */
const estimateOutput = (blocks: readonly PlannedBlock[]): number => {
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

/** The parts of the usage that the request determines; null where it says nothing, as not all of the API's defaults are known. */
export interface RequestedService {
  readonly speed: unknown
  readonly inferenceGeo: unknown
}

export const requestedService = ({ speed, inference_geo: inferenceGeo }: JsonObject): RequestedService => ({
  speed: speed ?? null,
  inferenceGeo: inferenceGeo ?? null,
})

/** The usage of `message_start`: the input, and one token of output. */
export const startUsage = (input: number, scripted: ScriptedUsage, service: RequestedService): JsonObject => ({
  ...inputCounts(input, scripted),
  cache_creation: {
    ephemeral_5m_input_tokens: (scripted.cacheCreationInputTokens ?? 0) - (scripted.cacheCreation1hInputTokens ?? 0),
    ephemeral_1h_input_tokens: scripted.cacheCreation1hInputTokens ?? 0,
  },
  output_tokens: 1,
  output_tokens_details: null,
  server_tool_use: null,
  service_tier: 'standard',
  inference_geo: service.inferenceGeo,
  speed: service.speed,
})

/** `server_tool_use`: the calls that are billed one by one; null if there were none. */
const serverToolUse = (blocks: readonly PlannedBlock[]): JsonObject | null => {
  const count = (name: string): number =>
    blocks.filter(({ start }) => start['type'] === 'server_tool_use' && start['name'] === name).length
  const counts = { web_search_requests: count('web_search'), web_fetch_requests: count('web_fetch') }
  return counts.web_search_requests + counts.web_fetch_requests > 0 ? counts : null
}

/** The usage of `message_delta`: the totals of the message. */
export const finalUsage = (input: number, blocks: readonly PlannedBlock[], scripted: ScriptedUsage): JsonObject => {
  const server = serverToolUse(blocks)
  return {
    ...inputCounts(input, scripted),
    output_tokens: scripted.outputTokens ?? estimateOutput(blocks),
    ...(server && { server_tool_use: server }),
    ...(scripted.thinkingTokens !== undefined && {
      output_tokens_details: { thinking_tokens: scripted.thinkingTokens },
    }),
    ...scripted.extra,
  }
}

/** An entry of `usage.iterations`: the counts of one attempt or one compaction. */
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
