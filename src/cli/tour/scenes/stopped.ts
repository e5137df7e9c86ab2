import { reply } from '../../../testing/index.ts'
import type { Scene } from '../scene.ts'

export const stopped: Scene = {
  title: 'Stop',
  look: 'the reply that is stopped in the middle. The part that was received stays in the context.',
  simulator: {
    script: [
      // It says no more after that, so that it is stopped in the middle for sure.
      reply('There is so much to say about the sea, its tides, its', { faults: { stallAfterDeltas: 9 } }),
      reply('The sea is large and salty.'),
    ],
  },
  steps: [{ say: 'Tell me about the sea', stopAt: 9 }, { say: 'Shorter, please' }],
}
