import type { Contestant, History } from './contestants.ts'
import { keptByHand } from './by-hand.ts'
import { clientOf, paramsOf } from '../requests.ts'

export const sdkCreate: Contestant = (setting) => {
  const client = clientOf(setting.url)
  const params = paramsOf(setting)
  return keptByHand(async (messages, onEvent) => {
    for await (const event of await client.messages.create({ ...params, messages, stream: true })) onEvent(event)
  })
}

export const sdkStream: Contestant = (setting) => {
  const client = clientOf(setting.url)
  const params = paramsOf(setting)
  return (hearing) => {
    const messages: History = []
    const hear = (text: string) => hearing.delta(text)
    return async (prompt) => {
      messages.push({ role: 'user', content: prompt })
      const stream = client.messages
        .stream({ ...params, messages })
        .on('text', hear)
        .on('thinking', hear)
      // Its listener for the input of calls parses all that has come at each fragment, so the fragments are taken as they come.
      if (setting.kind === 'tool-call')
        stream.on('streamEvent', (event) => {
          if (event.type === 'content_block_delta' && event.delta.type === 'input_json_delta')
            hear(event.delta.partial_json)
        })
      const { role, content } = await stream.finalMessage()
      messages.push({ role, content })
      const [block] = content
      return block?.type === 'tool_use' ? block.input : undefined
    }
  }
}
