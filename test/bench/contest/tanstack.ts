import { model, paramsOf, writeLines } from '../requests.ts'
import type { Contestant } from './contestants.ts'
import { tanStackPackages } from '../peer-packages.ts'

const tanStackAi = await tanStackPackages()

export const tanStack: Contestant = (setting) => {
  const { name, description, input_schema: inputSchema } = writeLines
  const asked = {
    adapter: tanStackAi.createAnthropicChat(model, 'bench', { baseURL: setting.url }),
    modelOptions: { max_tokens: paramsOf(setting).max_tokens },
    ...(setting.kind === 'tool-call' ? { tools: [tanStackAi.toolDefinition({ name, description, inputSchema })] } : {}),
  }
  return (hearing) => {
    const messages: object[] = []
    return async (prompt) => {
      messages.push({ role: 'user', content: prompt })
      let input: unknown
      for await (const chunk of tanStackAi.chat({ ...asked, messages })) {
        if (chunk.type === 'TEXT_MESSAGE_CONTENT' || chunk.type === 'TOOL_CALL_ARGS') hearing.delta(chunk.delta)
        else if (chunk.type === 'TOOL_CALL_END') input = chunk.input
        else if (chunk.type === 'RUN_ERROR') throw new Error(chunk.message)
      }
      messages.push({ role: 'assistant', content: hearing.text })
      return input
    }
  }
}
