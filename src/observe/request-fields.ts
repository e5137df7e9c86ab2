import type { Requested } from '../source/message-source.ts'
import type { PromptRecord, RequestRecord } from './records.ts'
import { cacheBreakpoints, jsonBytes, messageBytes } from './sizes.ts'
import type { WatchedPrompt } from './watched.ts'

/** A request, without anything that it says. Keys are the client's: they never come here. */
export function requestFields(
  { request, turnId, attempt }: Requested,
  { target }: WatchedPrompt,
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

/** What every request carries, in sizes and names. */
export function promptFields({
  target,
  maxTokens,
  fields,
  tools,
}: WatchedPrompt): Omit<PromptRecord, 'type' | 'v' | 'seq' | 'at' | 'conversation'> {
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
