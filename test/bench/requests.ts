// What everybody asks.
import Anthropic from '@anthropic-ai/sdk'
import { z } from 'zod'
import type { AnyTool } from '../../src/index.ts'
import type { ReplyKind } from './replies.ts'

export const model = 'claude-opus-4-6'
export const prompt = 'Go on.'

export const clientOf = (url: string, options: { readonly fetch?: typeof fetch } = {}): Anthropic =>
  new Anthropic({ apiKey: 'bench', baseURL: url, maxRetries: 0, ...options })

/** The tool that the replies with a call have called. The app answers it, so its call is the end of what is measured. */
export const writeLines = {
  name: 'write_lines',
  description: 'Writes the lines of a file.',
  input_schema: { type: 'object' as const, properties: { lines: { type: 'array', items: { type: 'string' } } } },
}

const inputs = {
  weather: z.object({ city: z.string().describe('Its name in English'), unit: z.enum(['C', 'F']).optional() }),
  search: z.object({ query: z.string(), limit: z.number().int().min(1).max(50).default(10) }),
  mail: z.object({ to: z.array(z.object({ name: z.string(), address: z.string() })), text: z.string() }),
}
const descriptions = {
  weather: 'The weather in a city, now.',
  search: 'Searches the notes, best first.',
  mail: 'Sends a mail.',
}

/** Tools that could be called, and are not: as turnstate has them. */
export const toolsOf = (tool: typeof import('../../src/index.ts').tool): readonly AnyTool[] => [
  tool({
    name: 'weather',
    description: descriptions.weather,
    input: inputs.weather,
    run: ({ city }) => ({ city, sky: 'clear' }),
  }),
  tool({ name: 'search', description: descriptions.search, input: inputs.search, run: ({ query }) => [query] }),
  tool({
    name: 'mail',
    description: descriptions.mail,
    input: inputs.mail,
    run: ({ to }) => `sent to ${to.length}`,
    needsApproval: true,
  }),
]

/** The same, as the API has them. */
const apiTools: Anthropic.Tool[] = (['weather', 'search', 'mail'] as const).map((name) => ({
  name,
  description: descriptions[name],
  input_schema: z.toJSONSchema(inputs[name]) as Anthropic.Tool.InputSchema,
}))

export interface RequestParams {
  readonly model: string
  readonly max_tokens: number
  readonly tools?: Anthropic.Tool[]
}

/** The fields of a request, all but its messages. */
export const paramsOf = (asked: { readonly kind: ReplyKind; readonly withTools: boolean }): RequestParams => ({
  model,
  max_tokens: 1024,
  ...(asked.kind === 'tool-call' ? { tools: [writeLines] } : asked.withTools ? { tools: apiTools } : {}),
})
