import type Anthropic from '@anthropic-ai/sdk'
import { clientOf, model, paramsOf, toolsOf, writeLines } from '../requests.ts'
import type { Contestant, Setting } from './contestants.ts'

/** With a client that was made in the usual way. */
export const overFetch: Contestant = (setting) => conversing(setting, clientOf(setting.url))

/** With one that reads packets without web streams. */
export const overLeanFetch: Contestant = (setting) =>
  conversing(setting, clientOf(setting.url, { fetch: setting.turnstate.leanFetch() }))

function conversing(setting: Setting, client: Anthropic): ReturnType<Contestant> {
  const { turnstate, kind, withTools, reader } = setting
  const { claude, createConversation } = turnstate
  const tools = kind === 'tool-call' ? [writeLines] : withTools ? toolsOf(turnstate.tool) : []
  const options = { source: claude(client), model, maxTokens: paramsOf(setting).max_tokens, tools }
  return (hearing) => {
    const chat = createConversation(options)
    if (reader === 'page')
      chat.subscribe(() => {
        const part = chat.messages.at(-1)?.parts.at(-1)
        if (part?.type === 'text') hearing.snapshot(part.text)
      })
    else chat.on('delta', ({ text }) => hearing.delta(text))
    if (kind !== 'tool-call')
      return async (prompt) => {
        const { error } = await chat.sendMessage(prompt)
        if (error) throw error
      }
    return (prompt) =>
      new Promise((resolve, reject) => {
        chat.on('toolCall.answerRequested', ({ input }) => resolve(input))
        // It is left waiting for the answer; when it ends, something was wrong.
        chat.sendMessage(prompt).then(({ error }) => reject(error ?? new Error('Nothing was called.')), reject)
      })
  }
}
