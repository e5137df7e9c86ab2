import { refuse, reply } from '../../../testing/index.ts'
import type { Scene } from '../scene.ts'

export const apiFallback: Scene = {
  title: 'Another model, within the API',
  look: 'the single request: the API itself continues with another model, so the turn is not refused.',
  simulator: {
    script: [refuse({ fallbacks: [reply('The second model says this, in the same reply.')] })],
  },
  options: { serverFallbacks: [{ model: 'claude-opus-5' }] },
  steps: [{ say: 'Explain it to me' }],
}
