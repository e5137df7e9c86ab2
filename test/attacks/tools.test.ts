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
  'a text of 400 MB': () => 'x'.repeat(400_000_000),
  'an iterator without an end': endless,
  'what throws without a word': () => {
    throw Object.create(null)
  },
  ...Object.fromEntries(
    [
      '200,000 levels',
      'what holds itself',
      'what is shared in ever more ways',
      'a proxy that throws',
      'a toJSON that gives ever more',
    ].map((name) => [name, nastyValues[name] ?? (() => undefined)]),
  ),
}

attackSurface(
  'Tools',
  Object.entries(values).map(([name, make]) => ({ attack: `a tool that returns ${name}`, run: () => given(make) })),
)
