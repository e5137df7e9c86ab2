import { model, paramsOf } from '../requests.ts'
import type { Contestant } from './contestants.ts'
import { langChainPackage } from '../peer-packages.ts'

const { ChatAnthropic } = await langChainPackage()

export const langChain: Contestant = (setting) => {
  const { max_tokens: maxTokens, tools } = paramsOf(setting)
  const plain = new ChatAnthropic({ model, apiKey: 'bench', anthropicApiUrl: setting.url, maxTokens })
  const asked = tools ? plain.bindTools(tools) : plain
  return (hearing) => {
    const messages: object[] = []
    return async (prompt) => {
      messages.push({ role: 'user', content: prompt })
      const chunks = await asked.stream(messages)
      if (setting.kind === 'tool-call') {
        // Its documents put the chunks together for the parsed input.
        let gathered = null
        for await (const chunk of chunks) {
          hearing.delta(chunk.tool_call_chunks?.[0]?.args ?? '')
          gathered = gathered ? gathered.concat(chunk) : chunk
        }
        return gathered?.tool_calls?.[0]?.args
      }
      for await (const chunk of chunks) hearing.delta(chunk.text)
      messages.push({ role: 'assistant', content: hearing.text })
    }
  }
}
