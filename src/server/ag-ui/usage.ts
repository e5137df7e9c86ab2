import type { Attempt } from '../../index.ts'
import type { AguiUsage } from './events.ts'

/** The tokens of a message, by model. The protocol counts cached tokens as part of the input; the API counts them beside it. */
export function usageOf(attempts: readonly Attempt[] = []): AguiUsage[] {
  const byModel = new Map<string, AguiUsage>()
  for (const { model, usage } of attempts) {
    const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, thinkingTokens } = usage
    const sum = byModel.get(model)
    const input = (sum?.inputTokens ?? 0) + inputTokens + cacheReadTokens + cacheWriteTokens
    const output = (sum?.outputTokens ?? 0) + outputTokens
    const reasoning = (sum?.reasoningTokens ?? 0) + (thinkingTokens ?? 0)
    byModel.set(model, {
      provider: 'anthropic',
      model,
      inputTokens: input,
      outputTokens: output,
      totalTokens: input + output,
      cachedInputTokens: (sum?.cachedInputTokens ?? 0) + cacheReadTokens,
      cacheWriteInputTokens: (sum?.cacheWriteInputTokens ?? 0) + cacheWriteTokens,
      ...(reasoning > 0 ? { reasoningTokens: reasoning } : {}),
    })
  }
  return [...byModel.values()]
}
