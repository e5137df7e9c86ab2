import { reply } from '../../../testing/index.ts'
import type { Scene } from '../scene.ts'

export const plainReply: Scene = {
  title: 'A plain reply',
  look: 'the states that a turn goes through; its outcome is told after it is stored.',
  simulator: { script: [reply('Hello! What shall we talk about?')] },
  steps: [{ say: 'Hello' }],
}
