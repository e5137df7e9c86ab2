import Anthropic from '@anthropic-ai/sdk'
import { claude, createConversation } from 'turnstate'
import { startInspector } from 'turnstate/inspect'

const inspector = await startInspector() // a page on 127.0.0.1, its address with a token
console.log(inspector.url) // who has it can look; with allowControl, controlUrl is the one that controls

const chat = createConversation({
  source: claude(new Anthropic()),
  model: 'claude-opus-5-5',
  maxTokens: 1024,
  inspect: [
    inspector,
    (record) => {
      if (record.type !== 'transition' || record.from === record.to) return
      console.log(`${record.from} → ${record.to}`, record.event, record.guard ?? '')
    },
  ],
})

await chat.sendMessage('Hello')
await chat.close()
await inspector.close()
