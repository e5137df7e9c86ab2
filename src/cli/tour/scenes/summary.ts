import { compact, httpError, reply } from '../../../testing/index.ts'
import type { Scene } from '../scene.ts'

export const summary: Scene = {
  title: 'A full context',
  look: 'the summary that replaces the conversation, so that the message fits and is answered.',
  simulator: {
    script: [
      reply('Chapter one: a boat leaves the harbour.'),
      reply('Chapter two: it comes back in the evening.'),
      httpError(400, { message: 'prompt is too long: 1000012 tokens > 1000000 maximum' }),
      compact('A story about a boat was told, in two chapters: it leaves, and it comes back.'),
      { default: true },
    ],
  },
  options: { onOverflow: 'compact' },
  steps: [{ say: 'Tell me chapter one' }, { say: 'And chapter two' }, { say: 'And the rest' }],
}
