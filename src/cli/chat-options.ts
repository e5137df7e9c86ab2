// Turns the flags of the chat command into options of the conversation.
import type { ConversationOptions } from '../conversation/options.ts'
import { defaultLadder } from '../journal/index.ts'
import type { RefusalLadder } from '../refusals/policy.ts'
import { type ChatFlags, defaultModel } from './chat-flags.ts'
import { chatTools } from './tools/index.ts'

export function optionsOf(flags: ChatFlags): Omit<ConversationOptions, 'source' | 'logger'> {
  const {
    model = defaultModel,
    maxTokens,
    system,
    onRefusal,
    fallback,
    apiFallback,
    retryModel,
    onOverflow,
    budgetTokens,
    tools,
  } = flags
  const ladder = fallback ? withFallback(fallback, onRefusal) : onRefusal
  return {
    model,
    maxTokens,
    ...(system === undefined ? {} : { request: { system } }),
    ...(ladder === undefined ? {} : { onRefusal: ladder }),
    ...(apiFallback === undefined ? {} : { serverFallbacks: apiFallback.map((name) => ({ model: name })) }),
    ...(retryModel === undefined ? {} : { retry: { models: retryModel } }),
    ...(flags.onTruncated === undefined ? {} : { onTruncated: flags.onTruncated }),
    ...(onOverflow === undefined ? {} : { onOverflow }),
    ...(budgetTokens === undefined ? {} : { budget: { tokens: budgetTokens } }),
    ...(flags.price === undefined ? {} : { prices: flags.price }),
    ...(tools === undefined
      ? {}
      : { tools: tools.flatMap((name) => (chatTools[name] === undefined ? [] : [chatTools[name]])) }),
  }
}

/** Puts other models before the rest of the ladder. */
function withFallback(names: readonly string[], ladder: RefusalLadder = defaultLadder): RefusalLadder {
  const [first, ...others] = names.map((model) => ({ model }))
  return first === undefined ? ladder : [{ fallback: [first, ...others] }, ...ladder]
}
