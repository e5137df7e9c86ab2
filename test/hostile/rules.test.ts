import { expect, it } from 'vitest'
import { type HostileRejection, type HostileRule, type JsonObject, strike } from '../../src/testing/index.ts'
import { complaint } from '../../src/testing/hostile/serve/complaint.ts'

const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } }
const call = { type: 'tool_use', id: 'toolu_hostile_1_0', name: 'note', input: { text: 'arg-1-0', picture: true } }
const body: JsonObject = {
  model: 'claude-opus-5',
  metadata: { user_id: 'u' },
  container: 'container_0',
  messages: [
    { role: 'user', content: 'Message in-0-.' },
    { role: 'assistant', content: [{ type: 'text', text: 'Answer out-0-.' }] },
    { role: 'user', content: [image, { type: 'text', text: 'Message in-1-.' }] },
    { role: 'assistant', content: [{ type: 'thinking', thinking: 'So.', signature: 's' }, call] },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: call.id, content: [{ type: 'text', text: 'Kept as res-1-0.' }, image] },
      ],
    },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'other', name: 'imagined-1-', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'other', content: 'There is none.' }] },
    { role: 'assistant', content: [{ type: 'server_tool_use', id: 's', name: 'code_execution', input: {} }] },
    { role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: 'file_011' } }] },
  ],
}

const said = (rule: HostileRule, rest: Partial<HostileRejection> = {}): string => {
  const struck = strike(rule, body, 500)
  return struck ? complaint({ rule, from: 0, says: 'pointing', status: 400, ...rest }, struck).message : 'nothing'
}

it.each<[HostileRule, string]>([
  [{ on: 'block', type: 'image' }, 'messages.2.content.0.image.source.base64: Could not process image'],
  [
    { on: 'block', type: 'document' },
    'messages.8.content.0.document.source.base64.data: The PDF specified was not valid.',
  ],
  [
    { on: 'block', type: 'server_tool_use' },
    "messages.7.content.0: Input tag 'server_tool_use' found using 'type' does not match any of the expected tags: 'text'",
  ],
  [{ on: 'marker', where: 'input', of: 0 }, 'messages.0.content: Input could not be processed'],
  [{ on: 'marker', where: 'input', of: 1 }, 'messages.2.content.1: Input could not be processed'],
  [{ on: 'marker', where: 'reply', of: 0 }, 'messages.1.content.0: Input could not be processed'],
  [
    { on: 'marker', where: 'toolResult', of: 1 },
    'messages.4.content.0.tool_result.content.0: Input could not be processed',
  ],
  [
    { on: 'marker', where: 'toolName', of: 1 },
    "messages.5.content.0.tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'",
  ],
  [{ on: 'id', of: 1 }, "messages.3.content.1.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'"],
  [{ on: 'container' }, 'container: container_0 has expired'],
  [{ on: 'thinking' }, 'messages.3.content.0: Invalid `signature` in `thinking` block'],
  [{ on: 'field', field: 'metadata' }, 'metadata: Extra inputs are not permitted'],
  [{ on: 'modelAndField', model: 'claude-opus-5', field: 'metadata' }, 'metadata: Extra inputs are not permitted'],
  [{ on: 'bytes', most: 499 }, 'Request exceeds the maximum allowed number of bytes: 500 > 499'],
  [{ on: 'file', of: 11 }, 'File not found: file_011'],
  [{ on: 'file' }, 'File not found: file_011'],
])('the rule %j points: %s', (rule, message) => {
  expect(said(rule)).toBe(message)
})

it.each<HostileRule>([
  { on: 'block', type: 'code_execution_tool_result' },
  { on: 'marker', where: 'input', of: 2 },
  { on: 'id', of: 0 },
  { on: 'field', field: 'thinking' },
  { on: 'modelAndField', model: 'claude-opus-5-5', field: 'metadata' },
  { on: 'modelAndField', model: 'claude-opus-5', field: 'thinking' },
  { on: 'bytes', most: 500 },
  { on: 'file', of: 1 },
])('the rule %j strikes on nothing else', (rule) => {
  expect(strike(rule, body, 500)).toBeNull()
})

it('an image inside a tool result is found, and the error names its place', () => {
  const messages = (body['messages'] as readonly unknown[]).slice(3, 5)
  expect(strike({ on: 'block', type: 'image' }, { messages }, 0)?.place).toBe(
    'messages.1.content.0.tool_result.content.1',
  )
})

it.each([
  [400, 'invalid_request_error', 'The request could not be processed.'],
  [404, 'not_found_error', 'Not found'],
  [413, 'request_too_large', 'Request exceeds the maximum size'],
  [500, 'api_error', 'Internal server error'],
] as const)('a plain %i says %s and nothing of where it struck', (status, type, message) => {
  const rule: HostileRule = { on: 'container' }
  const failure = complaint({ rule, from: 0, says: 'plain', status }, { place: 'container', what: 'container_0' })
  expect(failure).toEqual({ status, type, message })
})

it('a 500 never names the place', () => {
  expect(said({ on: 'container' }, { status: 500 })).toBe('Internal server error')
})
