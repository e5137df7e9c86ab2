import { expect, it } from 'vitest'
import { breakpointsBeside } from '../../src/journal/request/cache-breakpoints.ts'

const cache_control = { type: 'ephemeral' }

it('breakpoints outside of the messages are those of the system prompt, the tools and the request itself', () => {
  const system = [
    { type: 'text', text: 'a', cache_control },
    { type: 'text', text: 'b' },
  ]
  const tools = [{ name: 'x' }, { name: 'y', cache_control }]
  expect(breakpointsBeside({ system, tools })).toBe(2)
  expect(breakpointsBeside({ system, tools, cache_control })).toBe(3)
})

it('an unmarked block, a non-block and a schema property of that name are not breakpoints', () => {
  const input_schema = { type: 'object', properties: { cache_control: { type: 'string' } } }
  expect(breakpointsBeside({})).toBe(0)
  expect(breakpointsBeside({ system: 'words', tools: [null, 'x', { name: 'y', input_schema }] })).toBe(0)
})
