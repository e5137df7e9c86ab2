import Anthropic from '@anthropic-ai/sdk'
import { claude, createConversation, tool } from 'turnstate'
import { z } from 'zod'

const weather = tool({
  name: 'weather',
  description: 'The weather in a city, now.',
  input: z.object({ city: z.string() }),
  run: ({ city }) => ({ city, sky: 'clear' }),
})
const mail = tool({
  name: 'mail',
  description: 'Sends a mail.',
  input: z.object({ to: z.string(), text: z.string() }),
  needsApproval: true,
  timeout: 10_000,
  run: async ({ to }, { signal }) => (signal.aborted ? '' : `sent to ${to}`),
})

const chat = createConversation({
  source: claude(new Anthropic()),
  model: 'claude-opus-5-5',
  maxTokens: 1024,
  tools: [weather, mail],
})
chat.on('toolCall.approvalRequested', ({ callId }) => chat.denyTool(callId, 'Ask me again tomorrow.'))
chat.on('toolCall.settled', ({ name, status }) => console.log(name, status))

const { text } = await chat.sendMessage('How is the weather in Rome? Mail it to Ann.')
console.log(text)
await chat.close()
