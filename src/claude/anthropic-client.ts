import Anthropic from '@anthropic-ai/sdk'
import type { MessagesClient } from './claude.ts'

export interface AnthropicClientOptions {
  readonly apiKey: string
  readonly baseURL?: string
}

/** A client for the command: whatever reads only the port need not know the SDK. */
export const anthropicClient = ({ apiKey, baseURL }: AnthropicClientOptions): MessagesClient =>
  new Anthropic({ apiKey, ...(baseURL === undefined ? {} : { baseURL }) })
