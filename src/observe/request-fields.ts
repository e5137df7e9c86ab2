import type { Requested } from '../source/message-source.ts'
import type { PromptRecord, RequestRecord } from './records.ts'
import { cacheBreakpoints, jsonBytes, messageBytes } from './sizes.ts'
import type { ObservedPrompt } from './internals.ts'

/** Describes a request without its contents. API keys belong to the client and never get here. */
export function requestFields(
  { request, turnId, attempt }: Requested,
  { target }: ObservedPrompt,
): Omit<RequestRecord, 'type' | 'v' | 'seq' | 'at' | 'conversation'> {
  const { model, messages, betas, maxTokens, purpose = 'reply', creditToken, fields } = request
  return {
    turnId,
    attempt,
    model,
    messages: messages.length,
    bytes: messages.reduce((sum, message) => sum + messageBytes(message), 0),
    promptBytes: jsonBytes(fields),
    cacheBreakpoints: target.cacheBreakpoints + cacheBreakpoints(messages),
    maxTokens,
    betas,
    purpose,
    redeemsCredit: creditToken !== undefined,
  }
}

/** Describes what every request carries, by sizes and names. */
export function promptFields({
  target,
  maxTokens,
  fields,
  tools,
}: ObservedPrompt): Omit<PromptRecord, 'type' | 'v' | 'seq' | 'at' | 'conversation'> {
  const { promptHash, cacheBreakpoints: breakpoints, structured } = target
  const { system, tools: definitions } = fields
  return {
    promptHash,
    cacheBreakpoints: breakpoints,
    structured,
    maxTokens,
    systemBytes: system === undefined ? 0 : jsonBytes(system),
    toolsBytes: definitions === undefined ? 0 : jsonBytes(definitions),
    tools,
  }
}
