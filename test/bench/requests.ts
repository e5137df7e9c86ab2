// What everybody asks.
import Anthropic from '@anthropic-ai/sdk'
import { z } from 'zod'
import type { AnyTool } from '../../src/index.ts'
import { tool } from './built.ts'

export const model = 'claude-opus-4-6'
export const prompt = 'Go on.'

export const params = { model, max_tokens: 1024, messages: [{ role: 'user' as const, content: prompt }] }

export const clientOf = (url: string): Anthropic => new Anthropic({ apiKey: 'bench', baseURL: url, maxRetries: 0 })

/** Tools that could be called, and are not. */
export const tools: readonly AnyTool[] = [
  tool({
    name: 'weather',
    description: 'The weather in a city, now.',
    input: z.object({ city: z.string().describe('Its name in English'), unit: z.enum(['C', 'F']).optional() }),
    run: ({ city }) => ({ city, sky: 'clear' }),
  }),
  tool({
    name: 'search',
    description: 'Searches the notes, best first.',
    input: z.object({ query: z.string(), limit: z.number().int().min(1).max(50).default(10) }),
    run: ({ query }) => [query],
  }),
  tool({
    name: 'mail',
    description: 'Sends a mail.',
    input: z.object({ to: z.array(z.object({ name: z.string(), address: z.string() })), text: z.string() }),
    run: ({ to }) => `sent to ${to.length}`,
    needsApproval: true,
  }),
]

/** The same, as the API has them. */
export const apiTools: readonly Anthropic.Tool[] = tools.map(({ name, description = '', input }) => ({
  name,
  description,
  input_schema: z.toJSONSchema(input as z.ZodObject) as Anthropic.Tool.InputSchema,
}))

/** The tool that the replies with a call have called. The app answers it, so its call is the end of what is measured. */
export const writeLines = {
  name: 'write_lines',
  description: 'Writes the lines of a file.',
  input_schema: { type: 'object' as const, properties: { lines: { type: 'array', items: { type: 'string' } } } },
}
