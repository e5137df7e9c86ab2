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

/** A schema without a JSON Schema. */
const mute: StandardSchema = {
  '~standard': { version: 1, vendor: 'mute', validate: (value) => ({ value }) },
}

describe('valid tools', () => {
  it('are in the request in order, in the format of the API', () => {
    const weather = tool({
      name: 'weather',
      description: 'Tells the weather',
      input: z.object({ city: z.string(), days: z.number().default(1) }),
      run: ({ city, days }) => `${city} ${days}`,
      timeout: 5,
      needsApproval: true,
      idempotent: true,
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

  it('are found by name', () => {
    const set = readTools([look, bare, search, { type: 'custom', ...bare, name: 'other' }])
    expect(set.find({ name: 'look' })).toEqual({ kind: 'run', definition: look, timeout: 300_000 })
    expect(['form', 'web_search', 'other'].map((name) => set.find({ name })?.kind)).toEqual(['app', 'app', 'app'])
    expect(['nothing', 'toString'].map((name) => set.find({ name }))).toEqual([undefined, undefined])
    expect(set.names).toEqual(['look', 'form', 'web_search', 'other'])
  })

  it('have the timeout of the slowest as their maximum', () => {
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

  it('use the JSON Schema of the app rather than the one of the schema', () => {
    const jsonSchema = { type: 'object', properties: { day: { type: 'string', format: 'date' } } }
    for (const input of [mute, anything, z.object({ day: z.date() })])
      expect(readTools([{ name: 'look', input, run, jsonSchema }]).params[0]?.['input_schema']).toEqual(jsonSchema)
  })

  it('may have a callable schema, as ArkType’s are', () => {
    const input = Object.assign(() => {}, anything)
    expect(readTools([{ name: 'look', input, run }]).names).toEqual(['look'])
  })

  it('may be toolsets, which have no name', () => {
    const set = readTools([{ type: 'computer_toolset_20260801' }, { type: 'mcp_toolset', mcp_server_name: 'x' }])
    expect(set.params).toHaveLength(2)
    expect(set.names).toEqual([])
  })
})

describe('invalid tools', () => {
  it.each<readonly [string, unknown, string, string]>([
    ['not an array', { look }, 'tool-invalid', 'array'],
    ['nothing', undefined, 'tool-invalid', 'array'],
    ['a hole', [look, undefined], 'tool-invalid', 'Tool 1 '],
    ['a string', [look, 'look'], 'tool-invalid', 'Tool 1 '],
    ['an array', [[look]], 'tool-invalid', 'Tool 0 '],
    ['another kind of object', [{ name: 'x', parameters: {} }], 'tool-invalid', 'Tool 0 ("x")'],
    ['no run', [{ name: 'x', input: anything }], 'tool-invalid', '`run`'],
    ['a run that is not a function', [{ name: 'x', input: anything, run: 'now' }], 'tool-invalid', '`run`'],
    [
      'a run on an API tool',
      [{ type: 'bash_20250124', name: 'bash', input: anything, run }],
      'tool-invalid',
      'answerTool',
    ],
    ['a description that is not a string', [{ ...look, description: 7 }], 'tool-invalid', '`description`'],
    ['an invalid needsApproval', [{ ...look, needsApproval: 'yes' }], 'tool-invalid', '`needsApproval`'],
    ['an invalid idempotent', [{ ...look, idempotent: 'yes' }], 'tool-invalid', '`idempotent`'],
    ['a timeout of 0', [{ ...look, timeout: 0 }], 'tool-invalid', '`timeout`'],
    ['an infinite timeout', [{ ...look, timeout: Infinity }], 'tool-invalid', '`timeout`'],
    ['a timeout of NaN', [{ ...look, timeout: NaN }], 'tool-invalid', '`timeout`'],
    ['a value that JSON cannot represent', [{ ...look, extra: 1n }], 'tool-invalid', 'JSON'],
    ['no name', [{ input: anything, run }], 'tool-name-invalid', 'Tool 0 '],
    ['an empty name', [{ ...look, name: '' }], 'tool-name-invalid', '1 to 128'],
    ['a name with a dot', [look, { ...look, name: 'a.b' }], 'tool-name-invalid', 'Tool 1 ("a.b")'],
    ['a long name', [{ ...bare, name: 'a'.repeat(129) }], 'tool-name-invalid', '1 to 128'],
    ['a server tool with a bad name', [{ ...search, name: 'web search' }], 'tool-name-invalid', '("web search")'],
    ['a repeated name', [look, bare, { ...bare, name: 'look' }], 'tool-duplicate', 'Tool 2 ("look")'],
    [
      'a repeated name of a server tool',
      [search, { ...look, name: 'web_search' }],
      'tool-duplicate',
      'Tool 1 ("web_search")',
    ],
    ['no schema', [{ name: 'x', run }], 'tool-schema-invalid', '`input`'],
    [
      'an SDK tool with an array schema',
      [{ ...bare, run, input_schema: { type: 'array' } }],
      'tool-schema-invalid',
      '"object"',
    ],
    ['an SDK tool with an invalid idempotent', [{ ...bare, run, idempotent: 1 }], 'tool-invalid', '`idempotent`'],
    ['an SDK tool with a timeout of 0', [{ ...bare, run, timeout: 0 }], 'tool-invalid', '`timeout`'],
    ['an SDK tool with an invalid `parse`', [{ ...bare, run, parse: 1 }], 'tool-schema-invalid', '`input`'],
    [
      'a value that is not a schema',
      [{ ...look, input: { type: 'object' } }],
      'tool-schema-invalid',
      'Standard Schema',
    ],
    ['a schema without JSON Schema', [{ ...look, input: mute }], 'tool-schema-invalid', '`jsonSchema`'],
    [
      'a schema that JSON Schema cannot express',
      [{ ...look, input: z.object({ at: z.date() }) }],
      'tool-schema-invalid',
      'Date',
    ],
    ['a string schema', [{ ...look, input: z.string() }], 'tool-schema-invalid', '"object"'],
    ['a union schema', [{ ...look, input: z.union([z.object({}), z.object({})]) }], 'tool-schema-invalid', '"object"'],
    ['an array as JSON Schema', [{ ...look, jsonSchema: { type: 'array' } }], 'tool-schema-invalid', '"object"'],
    [
      'a bare tool with an array schema',
      [{ ...bare, input_schema: { type: 'array' } }],
      'tool-schema-invalid',
      '"object"',
    ],
    ['a bare tool without a schema', [{ ...bare, input_schema: null }], 'tool-schema-invalid', '("form")'],
  ])('are rejected: %s', (_, tools, code, says) => {
    expect(() => readTools(tools)).toThrow(
      expect.objectContaining({ name: 'TurnstateError', code, message: expect.stringContaining(says) as string }),
    )
  })

  it('are rejected with the message of their schema', () => {
    try {
      readTools([{ ...look, input: z.object({ at: z.date() }) }])
      expect.unreachable()
    } catch (error) {
      expect(error).toHaveProperty('cause')
    }
  })
})
