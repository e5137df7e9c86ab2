import { reply } from '../../../testing/index.ts'
import type { Scene } from '../scene.ts'

export const plainReply: Scene = {
  title: 'A plain reply',
  look: 'the states of a turn. Its outcome is reported after it was stored.',
  simulator: { script: [reply('Hello! What shall we talk about?')] },
  steps: [{ say: 'Hello' }],
}
