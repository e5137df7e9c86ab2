import { reply, text, toolUse } from '../../../testing/index.ts'
import { calculator, clock } from '../../tools/index.ts'
import type { Scene } from '../scene.ts'

export const parallelTools: Scene = {
  title: 'Tools',
  look: 'the three calls, which run in parallel. One fails, and the model gets the error.',
  simulator: {
    script: [
      reply([
        text('Let me look.'),
        toolUse('clock'),
        toolUse('calculate', { expression: '(1 + 2) * 3 ^ 2' }),
        toolUse('calculate', { expression: '1 / 0' }),
      ]),
      { default: true },
    ],
  },
  options: { tools: [clock, calculator] },
  steps: [{ say: 'What time is it, and what is (1 + 2) * 3 ^ 2?' }],
}
