import { refuse, reply } from '../../../testing/index.ts'
import type { Scene } from '../scene.ts'

export const clearedContext: Scene = {
  title: 'Repeated refusals',
  look: 'the ladder: first the refused turn is removed, then also the turn before it, then everything.',
  simulator: {
    script: [
      reply('One.'),
      reply('Two.'),
      refuse({ category: 'bio' }),
      refuse({ category: 'bio' }),
      refuse({ category: 'bio' }),
      reply('Yes, and from the very beginning.'),
    ],
  },
  options: { onRefusal: ['drop-turn', { rewind: 1 }, 'clear'] },
  steps: [
    { say: 'Say one' },
    { say: 'Say two' },
    { say: 'Refused' },
    { say: 'Refused again' },
    { say: 'And again' },
    { say: 'Can we still talk?' },
  ],
}
