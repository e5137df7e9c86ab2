import Anthropic from '@anthropic-ai/sdk'
import type { MessagesClient } from './claude.ts'

export interface AnthropicClientOptions {
  readonly apiKey: string
  readonly baseURL?: string
}

/** Creates an SDK client for the command-line tool, so that only this folder imports the SDK. */
export const anthropicClient = ({ apiKey, baseURL }: AnthropicClientOptions): MessagesClient =>
  new Anthropic({ apiKey, ...(baseURL === undefined ? {} : { baseURL }) })
