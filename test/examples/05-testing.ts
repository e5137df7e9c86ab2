import Anthropic from '@anthropic-ai/sdk'
import { claude, createConversation } from 'turnstate'
import { httpError, refuse, reply, startSimulator, text } from 'turnstate/testing'

const simulator = await startSimulator({
  script: [
    httpError(529), // tried again
    reply([text('Hello ', 'there')]),
    refuse({ at: { afterDeltas: 2 }, category: 'cyber' }, [text('This ', 'will ', 'not ', 'do')]),
    reply([text('On we go')]),
  ],
})
const client = new Anthropic({ apiKey: 'any', baseURL: simulator.url })
const chat = createConversation({ source: claude(client), model: 'claude-opus-5-5', maxTokens: 1024 })

for (const message of ['Hello', 'Something else', 'And now?']) console.log((await chat.sendMessage(message)).status)
console.log(simulator.requests.length) // 4
await chat.close()
await simulator.close({ assertConsumed: true })
