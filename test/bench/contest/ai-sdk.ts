// Version 6 of the AI SDK, the newest for Node 20.
import { createAnthropic } from '@ai-sdk/anthropic'
import { Chat } from '@ai-sdk/react'
import {
  DirectChatTransport,
  jsonSchema,
  type ModelMessage,
  streamText,
  tool,
  ToolLoopAgent,
  type ToolSet,
  type UIMessage,
} from 'ai'
import { model, paramsOf, writeLines } from '../requests.ts'
import type { Contestant, Setting } from './contestants.ts'

// Without `execute`: the app answers the call.
const tools: ToolSet = {
  [writeLines.name]: tool({
    description: writeLines.description,
    inputSchema: jsonSchema(writeLines.input_schema as Parameters<typeof jsonSchema>[0]),
  }),
}

const asking = (setting: Setting) => ({
  model: createAnthropic({ apiKey: 'bench', baseURL: `${setting.url}/v1` })(model),
  maxOutputTokens: paramsOf(setting).max_tokens,
  ...(setting.kind === 'tool-call' ? { tools } : {}),
})

export const textStreamed: Contestant = (setting) => {
  const asked = asking(setting)
  return (hearing) => {
    const messages: ModelMessage[] = []
    return async (prompt) => {
      messages.push({ role: 'user', content: prompt })
      const result = streamText({ ...asked, messages })
      if (setting.kind === 'tool-call') {
        for await (const part of result.fullStream) if (part.type === 'tool-input-delta') hearing.delta(part.delta)
        return (await result.toolCalls)[0]?.input
      }
      for await (const text of result.textStream) hearing.delta(text)
      messages.push(...(await result.response).messages)
    }
  }
}

/** What `useChat` uses, and subscribes to: without HTTP between the two. */
export const chat: Contestant = (setting) => {
  const agent = new ToolLoopAgent(asking(setting))
  return (hearing) => {
    const kept = new Chat<UIMessage>({ transport: new DirectChatTransport({ agent }) as never })
    kept['~registerMessagesCallback'](() => {
      const last = kept.messages.at(-1)?.parts.at(-1)
      if (last?.type === 'text') hearing.snapshot(last.text)
    })
    return async (prompt) => {
      await kept.sendMessage({ text: prompt })
      if (kept.error) throw kept.error
      const last = kept.messages.at(-1)?.parts.at(-1)
      return last && 'input' in last ? last.input : undefined
    }
  }
}
