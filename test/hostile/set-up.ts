// A conversation of turnstate that plays programs: in memory, and with the shortest waits.
import Anthropic from '@anthropic-ai/sdk'
import { claude, createConversation } from '../../src/index.ts'
import type { HostileSetUp } from '../../src/testing/index.ts'

export const setUp: HostileSetUp = ({ url, fetch, model, fallback, request, tools }) =>
  createConversation({
    source: claude(new Anthropic({ apiKey: 'any', baseURL: url, fetch })),
    model,
    maxTokens: 1024,
    request,
    tools,
    onRefusal: fallback === undefined ? 'drop-turn' : [{ fallback: [{ model: fallback }] }, 'drop-turn'],
    retry: { baseDelay: 1, maxDelay: 1 },
    logger: { warn: () => {}, error: () => {} },
  })
