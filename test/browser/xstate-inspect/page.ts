// A page with a conversation, and a viewer in a frame: `?viewer=<address>&origin=<of the viewer>&by=<xstate|stately>`.
import { createConversation } from '../../../src/conversation.ts'
import { statelyInspect } from '../../../src/inspect/stately-inspect/index.ts'
import { xstateInspect } from '../../../src/inspect/xstate-inspect/index.ts'
import { createManualSource } from '../../conversation/manual-source.ts'

const asked = new URLSearchParams(location.search)
const { source, replies } = createManualSource()
let ids = 0
const chat = createConversation({
  source,
  model: 'm1',
  maxTokens: 100,
  id: 'c1',
  generateId: () => `t${++ids}`,
  tools: [{ name: 'form', input_schema: { type: 'object' } }],
})

const frame = document.createElement('iframe')
frame.src = asked.get('viewer') ?? '/viewer'
document.body.append(frame)
const targetWindow = frame.contentWindow
const origin = asked.get('origin')
const target = { targetWindow: targetWindow ?? window, window, ...(origin === null ? {} : { targetOrigin: origin }) }
// Not a top-level await, because the bundled modules would wait for it.
const ready = (inspection: unknown) => void Object.assign(window, { chat, replies, inspection })
if (asked.get('by') === 'stately') void statelyInspect(chat, target).then(ready)
else ready(xstateInspect(chat, { ...target, allowControl: asked.has('control') }))
