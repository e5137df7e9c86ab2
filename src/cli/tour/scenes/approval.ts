import * as v from 'valibot'
import { reply, text, toolUse } from '../../../testing/index.ts'
import { tool } from '../../../tools/tool.ts'
import type { Scene } from '../scene.ts'

const postcard = tool({
  name: 'send_postcard',
  description: 'Pretends to send a postcard.',
  input: v.strictObject({ to: v.string() }),
  jsonSchema: { type: 'object', properties: { to: { type: 'string' } }, required: ['to'] },
  needsApproval: true,
  run: ({ to }) => `A postcard to ${to} would be on its way now.`,
})

export const approval: Scene = {
  title: 'Approval',
  look: 'the calls that wait for approval. The model gets the reason for the one that is denied.',
  simulator: {
    script: [
      reply([
        text('I will write to both.'),
        toolUse('send_postcard', { to: 'Ada' }),
        toolUse('send_postcard', { to: 'Bob' }),
      ]),
      { default: true },
    ],
  },
  options: { tools: [postcard] },
  steps: [{ say: 'Send postcards to Ada and Bob' }],
  answers: ['allow', { deny: 'Bob has moved' }],
}
