import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema'
import { betaMemoryTool } from '@anthropic-ai/sdk/helpers/beta/memory'
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod'
import { ToolError } from '@anthropic-ai/sdk/lib/tools/ToolError'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import type { ToolInput } from '../../src/index.ts'
import { readTools } from '../../src/tools/read-tools.ts'
import { atWork, call, turn } from './fixtures.ts'

const seen: unknown[] = []
const weather = betaZodTool({
  name: 'weather',
  description: 'Tells the weather',
  inputSchema: z.object({ city: z.string().toUpperCase() }),
  strict: true,
  run: ({ city }, context) => {
    seen.push(context)
    return `${city}: snow`
  },
})
const add = betaTool({
  name: 'add',
  description: 'Adds',
  inputSchema: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] },
  run: ({ a }) => [{ type: 'text', text: String(a + 1) }],
})
const memory = betaMemoryTool({
  view: ({ path }) => `${path} is empty`,
  create: () => {
    throw new ToolError([{ type: 'text', text: 'The disk is full.' }])
  },
  str_replace: () => '',
  insert: () => '',
  delete: () => '',
  rename: () => '',
})

/** The end of one call of a tool. */
async function ending(tool: unknown, input: unknown) {
  const name = String((tool as { name: unknown }).name)
  const world = atWork([tool], [call('a', name, { input })])
  await turn()
  return world.ending('a')
}

describe('a tool from an SDK helper', () => {
  it('is in the request in the format of the API, without its functions', () => {
    expect(readTools([{ ...weather, needsApproval: true, timeout: 5, idempotent: true }, memory]).params).toEqual([
      {
        type: 'custom',
        name: 'weather',
        description: 'Tells the weather',
        strict: true,
        input_schema: expect.objectContaining({ type: 'object', properties: { city: { type: 'string' } } }) as unknown,
      },
      { type: 'memory_20250818', name: 'memory' },
    ])
  })

  it('runs with its parsed input and the call context of the SDK', async () => {
    const input = { city: 'Oslo' }
    expect(await ending(weather, input)).toEqual(['settled', 'OSLO: snow'])
    const toolUse = { type: 'tool_use', id: 'a', name: 'weather', input }
    expect(seen).toEqual([{ toolUse, toolUseBlock: toolUse, signal: expect.any(AbortSignal) as AbortSignal }])
  })

  it('may return content blocks, and accepts commands as input', async () => {
    expect(await ending(add, { a: 1 })).toEqual(['settled', [{ type: 'text', text: '2' }]])
    expect(await ending(memory, { command: 'view', path: '/memories' })).toEqual(['settled', '/memories is empty'])
  })

  it('gives the model the reason when its input is invalid', async () => {
    expect(await ending(weather, { city: 7 })).toEqual([
      'failed',
      expect.stringMatching(/does not fit the tool, so it was not run:\n- city: .*string/),
    ])
    const picky = {
      ...add,
      parse: () => {
        throw new Error('a is odd')
      },
    }
    expect(await ending(picky, { a: 1 })).toEqual(['failed', expect.stringContaining('- input: a is odd')])
  })

  it('may throw a ToolError, whose content is given to the model', async () => {
    expect(await ending(memory, { command: 'create', path: '/memories/a', file_text: '' })).toEqual([
      'failed',
      [{ type: 'text', text: 'The disk is full.' }],
    ])
    expect(await ending(memory, { command: 'forget' })).toEqual(['failed', 'The tool failed: forget not implemented'])
  })

  it('is run again after its process has ended only if it is declared idempotent', async () => {
    const input = { city: 'Oslo' }
    const interrupted = call('a', 'weather', { input, state: 'interrupted' })
    const [plain, idempotent] = [weather, { ...weather, idempotent: true }].map((each) => atWork([each], [interrupted]))
    await turn()
    expect(plain?.ending('a')?.[0]).toBe('cancelled')
    expect(idempotent?.ending('a')).toEqual(['settled', 'OSLO: snow'])
  })

  it('may need approval based on its parsed input, and may have a timeout', async () => {
    const asked: unknown[] = []
    const careful = { ...weather, needsApproval: (input: unknown) => asked.push(input) > 0, timeout: 7 }
    const world = atWork([careful], [call('a', 'weather', { input: { city: 'Rome' } })])
    await turn()
    expect(world.news()).toEqual(['approvalNeeded a'])
    expect(asked).toEqual([{ city: 'ROME' }])
    expect(readTools([careful]).longestTimeout).toBe(7)
  })

  it('needs no `parse` when it has an input schema', async () => {
    const bare = { name: 'echo', input_schema: { type: 'object' }, run: (input: unknown) => input }
    expect(await ending(bare, { a: 1 })).toEqual(['settled', '{"a":1}'])
  })

  it('is accepted by the type of `tools`', () => {
    expectTypeOf(weather).toExtend<ToolInput>()
    expectTypeOf(add).toExtend<ToolInput>()
    expectTypeOf(memory).toExtend<ToolInput>()
    const tools: readonly ToolInput[] = [
      { ...weather, needsApproval: true },
      { ...memory, timeout: 1_000 },
    ]
    expect(tools).toHaveLength(2)
  })
})

describe('names of properties that every object has', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''])('are unknown tools: "%s"', async (name) => {
    const world = atWork([weather], [call('a', name)])
    await turn()
    expect(world.ending('a')).toEqual(['failed', `There is no tool "${name}". The tools are: weather.`])
  })
})
