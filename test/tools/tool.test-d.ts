import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { type AnyTool, type Tool, tool } from '../../src/tools/tool.ts'
import type { StandardSchema } from '../../src/tools/standard-schema.ts'

declare const schema: StandardSchema<{ n: string }, { n: number }>

describe('tool', () => {
  it('types the input of run and needsApproval by the output of the schema', () => {
    const weather = tool({
      name: 'weather',
      input: z.object({
        city: z.string(),
        at: z.string().transform((text) => new Date(text)),
        days: z.number().optional(),
      }),
      needsApproval: (input, info) => {
        expectTypeOf(info).toEqualTypeOf<{ readonly callId: string; readonly name: string; readonly turnId: string }>()
        return input.city === ''
      },
      run: (input, { signal, callId }) => {
        expectTypeOf(input).toEqualTypeOf<{ city: string; at: Date; days?: number | undefined }>()
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
        expectTypeOf(callId).toBeString()
        return input.city
      },
    })
    expectTypeOf(weather).toExtend<AnyTool>()
    const other = tool({ name: 'other', input: schema, run: async ({ n }) => n.toFixed() })
    expectTypeOf(other).toEqualTypeOf<Tool<typeof schema>>()
    expectTypeOf([weather, other]).toExtend<readonly AnyTool[]>()
  })

  it('accepts further fields of the API, and no others', () => {
    tool({ name: 'x', input: schema, run: () => {}, strict: true, cache_control: { type: 'ephemeral', ttl: '1h' } })
    // @ts-expect-error -- a misspelled field
    tool({ name: 'x', input: schema, run: () => {}, needsAproval: true })
  })

  it('requires a schema and a function', () => {
    // @ts-expect-error -- no run
    tool({ name: 'x', input: schema })
    // @ts-expect-error -- a JSON Schema is not a Standard Schema
    tool({ name: 'x', input: { type: 'object' }, run: () => {} })
  })
})
