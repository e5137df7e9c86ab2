import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readTools } from '../../src/tools/read-tools.ts'
import type { StandardSchema } from '../../src/tools/standard-schema.ts'
import { tool } from '../../src/tools/tool.ts'
import { anything } from './fixtures.ts'

const run = () => 'ran'
const look = tool({ name: 'look', input: anything, run })
const bare = { name: 'form', description: 'A form', input_schema: { type: 'object' as const, properties: {} } }
const search = { type: 'web_search_20250305', name: 'web_search', max_uses: 3 }

/** A schema that can't tell its JSON Schema. */
const mute: StandardSchema = {
  '~standard': { version: 1, vendor: 'mute', validate: (value) => ({ value }) },
}

describe('tools that fit', () => {
  it('go into the request in their order, each as the API has it', () => {
    const weather = tool({
      name: 'weather',
      description: 'Tells the weather',
      input: z.object({ city: z.string(), days: z.number().default(1) }),
      run: ({ city, days }) => `${city} ${days}`,
      timeout: 5,
      needsApproval: true,
      strict: true,
      cache_control: { type: 'ephemeral' },
    })
    expect(readTools([search, weather, bare]).params).toEqual([
      search,
      {
        name: 'weather',
        description: 'Tells the weather',
        strict: true,
        cache_control: { type: 'ephemeral' },
        input_schema: {
          $schema: 'https://json-schema.org/draft/2020-12/schema',
          type: 'object',
          properties: { city: { type: 'string' }, days: { type: 'number', default: 1 } },
          required: ['city'],
        },
      },
      bare,
    ])
  })

  it('are found by their names', () => {
    const set = readTools([look, bare, search, { type: 'custom', ...bare, name: 'other' }])
    expect(set.find({ name: 'look' })).toEqual({ kind: 'run', definition: look, timeout: 300_000 })
    expect(['form', 'web_search', 'other'].map((name) => set.find({ name })?.kind)).toEqual(['app', 'app', 'app'])
    expect(['nothing', 'toString'].map((name) => set.find({ name }))).toEqual([undefined, undefined])
    expect(set.names).toEqual(['look', 'form', 'web_search', 'other'])
  })

  it('tell how long the slowest of them may take', () => {
    const slow = tool({ name: 'slow', input: anything, run, timeout: 900_000 })
    expect(readTools([look, slow]).longestTimeout).toBe(900_000)
    expect(readTools([bare]).longestTimeout).toBe(0)
    expect(readTools([])).toMatchObject({ params: [], names: [], longestTimeout: 0 })
  })

  it('are copied and frozen', () => {
    const own = structuredClone(bare)
    const { params } = readTools([own])
    own.description = 'changed'
    expect(params[0]).toEqual(bare)
    expect(() => Object.assign(params[0]!['input_schema'] as object, { type: 'array' })).toThrow(TypeError)
    expect(() => Array.prototype.push.call(params, {})).toThrow(TypeError)
  })

  it('take the JSON Schema that the app gives over the schema’s own', () => {
    const jsonSchema = { type: 'object', properties: { day: { type: 'string', format: 'date' } } }
    for (const input of [mute, anything, z.object({ day: z.date() })])
      expect(readTools([{ name: 'look', input, run, jsonSchema }]).params[0]?.['input_schema']).toEqual(jsonSchema)
  })

  it('may have a schema that is a function, as ArkType’s are', () => {
    const input = Object.assign(() => {}, anything)
    expect(readTools([{ name: 'look', input, run }]).names).toEqual(['look'])
  })

  it('may be toolsets, which have no name', () => {
    const set = readTools([{ type: 'computer_toolset_20260801' }, { type: 'mcp_toolset', mcp_server_name: 'x' }])
    expect(set.params).toHaveLength(2)
    expect(set.names).toEqual([])
  })
})

describe('tools that don’t fit', () => {
  it.each<readonly [string, unknown, string, string]>([
    ['no array', { look }, 'tool-invalid', 'array'],
    ['nothing', undefined, 'tool-invalid', 'array'],
    ['a hole', [look, undefined], 'tool-invalid', 'Tool 1 '],
    ['a text', [look, 'look'], 'tool-invalid', 'Tool 1 '],
    ['an array', [[look]], 'tool-invalid', 'Tool 0 '],
    ['an object of another kind', [{ name: 'x', parameters: {} }], 'tool-invalid', 'Tool 0 ("x")'],
    ['no run', [{ name: 'x', input: anything }], 'tool-invalid', '`run`'],
    ['a run that is none', [{ name: 'x', input: anything, run: 'now' }], 'tool-invalid', '`run`'],
    [
      'a run of an API type',
      [{ type: 'bash_20250124', name: 'bash', input: anything, run }],
      'tool-invalid',
      'answerTool',
    ],
    ['a description that is no text', [{ ...look, description: 7 }], 'tool-invalid', '`description`'],
    ['needsApproval that is none', [{ ...look, needsApproval: 'yes' }], 'tool-invalid', '`needsApproval`'],
    ['a timeout of 0', [{ ...look, timeout: 0 }], 'tool-invalid', '`timeout`'],
    ['a timeout without end', [{ ...look, timeout: Infinity }], 'tool-invalid', '`timeout`'],
    ['a timeout that is no number', [{ ...look, timeout: NaN }], 'tool-invalid', '`timeout`'],
    ['what JSON can’t hold', [{ ...look, extra: 1n }], 'tool-invalid', 'JSON'],
    ['no name', [{ input: anything, run }], 'tool-name-invalid', 'Tool 0 '],
    ['an empty name', [{ ...look, name: '' }], 'tool-name-invalid', '1 to 128'],
    ['a name with a dot', [look, { ...look, name: 'a.b' }], 'tool-name-invalid', 'Tool 1 ("a.b")'],
    ['a long name', [{ ...bare, name: 'a'.repeat(129) }], 'tool-name-invalid', '1 to 128'],
    ['a server tool with a bad name', [{ ...search, name: 'web search' }], 'tool-name-invalid', '("web search")'],
    ['a name twice', [look, bare, { ...bare, name: 'look' }], 'tool-duplicate', 'Tool 2 ("look")'],
    [
      'a server tool’s name twice',
      [search, { ...look, name: 'web_search' }],
      'tool-duplicate',
      'Tool 1 ("web_search")',
    ],
    ['no schema', [{ name: 'x', run }], 'tool-schema-invalid', '`input`'],
    [
      'an SDK’s tool with a schema of an array',
      [{ ...bare, run, input_schema: { type: 'array' } }],
      'tool-schema-invalid',
      '"object"',
    ],
    ['an SDK’s tool with a timeout of 0', [{ ...bare, run, timeout: 0 }], 'tool-invalid', '`timeout`'],
    ['an SDK’s tool with a `parse` that is none', [{ ...bare, run, parse: 1 }], 'tool-schema-invalid', '`input`'],
    ['a schema that is none', [{ ...look, input: { type: 'object' } }], 'tool-schema-invalid', 'Standard Schema'],
    ['a schema without JSON Schema', [{ ...look, input: mute }], 'tool-schema-invalid', '`jsonSchema`'],
    [
      'a schema that JSON Schema has no word for',
      [{ ...look, input: z.object({ at: z.date() }) }],
      'tool-schema-invalid',
      'Date',
    ],
    ['a schema of a text', [{ ...look, input: z.string() }], 'tool-schema-invalid', '"object"'],
    ['a union', [{ ...look, input: z.union([z.object({}), z.object({})]) }], 'tool-schema-invalid', '"object"'],
    ['a JSON Schema of an array', [{ ...look, jsonSchema: { type: 'array' } }], 'tool-schema-invalid', '"object"'],
    ['a bare one of an array', [{ ...bare, input_schema: { type: 'array' } }], 'tool-schema-invalid', '"object"'],
    ['a bare one without a schema', [{ ...bare, input_schema: null }], 'tool-schema-invalid', '("form")'],
  ])('are told of: %s', (_, tools, code, says) => {
    expect(() => readTools(tools)).toThrow(
      expect.objectContaining({ name: 'TurnstateError', code, message: expect.stringContaining(says) as string }),
    )
  })

  it('say what the schema said', () => {
    try {
      readTools([{ ...look, input: z.object({ at: z.date() }) }])
      expect.unreachable()
    } catch (error) {
      expect(error).toHaveProperty('cause')
    }
  })
})
