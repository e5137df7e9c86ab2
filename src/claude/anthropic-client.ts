import Anthropic from '@anthropic-ai/sdk'
import type { MessagesClient } from './claude.ts'

export interface AnthropicClientOptions {
  readonly apiKey: string
  readonly baseURL?: string
  /** Default: the `fetch` of Node. */
  readonly fetch?: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
}

/** Creates an SDK client for the command-line tool, so that only this folder imports the SDK. */
export const anthropicClient = (options: AnthropicClientOptions): MessagesClient => new Anthropic(options)
