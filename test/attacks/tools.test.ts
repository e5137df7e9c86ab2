// Tools whose results can not be sent: the model gets an error result, and the turn continues.
import Anthropic from '@anthropic-ai/sdk'
import { z } from 'zod'
import { claude, createConversation, tool } from '../../src/index.ts'
import { reply, startSimulator, text, toolUse } from '../../src/testing/index.ts'
import { nastyValues } from '../nasty.ts'
import { attackSurface } from './attack.ts'

/** How a turn ends whose tool returns this, and what kind of result the model gets. */
async function given(run: () => unknown): Promise<string> {
  const simulator = await startSimulator({ script: [reply([toolUse('look', {})]), reply([text('Done')])] })
  const chat = createConversation({
    source: claude(new Anthropic({ apiKey: 'test', baseURL: simulator.url })),
    model: 'claude-opus-4-6',
    maxTokens: 100,
    tools: [tool({ name: 'look', description: 'Looks.', input: z.object({}), run })],
    logger: { warn: () => {}, error: () => {} },
  })
  const { status } = await chat.sendMessage('Look')
  const sent = simulator.requests[1]?.text ?? ''
  const isError = sent.includes('"is_error":true')
  await chat.close()
  await simulator.close()
  return `${status}; the model gets ${sent.length > 10_000 ? 'a long' : 'a short'} ${isError ? 'error result' : 'result'}`
}

async function* endless() {
  for (;;) yield 1
}

const values: Readonly<Record<string, () => unknown>> = {
  'returns a text of 400 MB': () => 'x'.repeat(400_000_000),
  'returns an endless iterator': endless,
  'throws without a message': () => {
    throw Object.create(null)
  },
  ...Object.fromEntries(
    [
      '200,000 levels',
      'a circular value',
      'a value that doubles with each level',
      'a proxy that throws',
      'a toJSON() with a deep result',
    ].map((name) => [`returns ${name}`, nastyValues[name] ?? (() => undefined)]),
  ),
}

attackSurface(
  'Tools',
  Object.entries(values).map(([name, make]) => ({ attack: `a tool that ${name}`, run: () => given(make) })),
)
