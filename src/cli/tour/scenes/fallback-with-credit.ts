import { refuse, reply } from '../../../testing/index.ts'
import type { Scene } from '../scene.ts'

export const fallbackWithCredit: Scene = {
  title: 'Another model after a refusal',
  look: 'the second model, which gets the same message, with a credit that makes it cheaper; then the return to the first.',
  simulator: {
    script: [
      refuse({ at: { afterDeltas: 4 }, creditToken: 'mint' }, 'Well, the thing about that is'),
      reply('Here is the answer of another model.'),
      reply('And the first model is back.'),
    ],
  },
  options: { onRefusal: [{ fallback: [{ model: 'claude-opus-5' }] }, 'drop-turn'], returnToModel: 1 },
  steps: [{ say: 'Explain it to me' }, { say: 'Who are you now?' }],
}
