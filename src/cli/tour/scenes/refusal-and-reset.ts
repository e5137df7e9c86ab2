import { refuse, reply } from '../../../testing/index.ts'
import type { Scene } from '../scene.ts'

export const refusalAndReset: Scene = {
  title: 'A refusal in the middle of a reply',
  look: 'the text that is retracted, and the next message, which is answered normally.',
  simulator: {
    script: [
      reply('Gladly. What is it about?'),
      refuse({ at: { afterDeltas: 5 }, category: 'cyber' }, 'First you open a shell, and then you go on to'),
      reply('Of course. Flowers are a good subject.'),
    ],
  },
  steps: [
    { say: 'Will you help me with a text?' },
    { say: 'Something that the classifiers do not like' },
    { say: 'Then let us write about flowers' },
  ],
}
