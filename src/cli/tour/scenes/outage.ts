import { httpError, reply } from '../../../testing/index.ts'
import type { Scene } from '../scene.ts'

export const outage: Scene = {
  title: 'An outage',
  look: 'the attempt that fails, the retry, and the other model that answers in the end.',
  simulator: {
    script: [
      reply('This will not get', { faults: { midStreamError: { afterDeltas: 3 } } }),
      httpError(529),
      reply('Sorry for the wait: another model is here.'),
    ],
  },
  options: { retry: { maxAttempts: 2, baseDelay: 0, maxDelay: 0, models: ['claude-sonnet-5-5'] } },
  steps: [{ say: 'Are you there?' }],
}
