import { describe, expect, it } from 'vitest'
import { toToolResult } from '../../src/tools/tool-result.ts'

const contentOf = (value: unknown) => toToolResult('a', value)['content']
const text = { type: 'text', text: 'snow' }
const image = { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }

describe('the result of a tool', () => {
  it('is a block for the call', () => {
    expect(toToolResult('a', 'snow')).toEqual({ type: 'tool_result', tool_use_id: 'a', content: 'snow' })
    expect(toToolResult('a', 'no', true)).toEqual({
      type: 'tool_result',
      tool_use_id: 'a',
      content: 'no',
      is_error: true,
    })
  })

  it.each([undefined, null, ''])('may be empty: %j', (value) => {
    expect(toToolResult('a', value)).toEqual({ type: 'tool_result', tool_use_id: 'a' })
    expect(String(toToolResult('a', value, true)['content'])).not.toBe('')
  })

  it.each<readonly [string, unknown]>([
    ['text', [text]],
    ['several blocks', [text, image]],
    ['a document', [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'x' } }]],
    ['a search result', [{ type: 'search_result', source: 's', title: 't', content: [text] }]],
    ['a reference', [{ type: 'tool_reference', tool_name: 'look' }]],
  ])('may be blocks: %s', (_, blocks) => {
    expect(contentOf(blocks)).toEqual(blocks)
  })

  it('shares no objects with the tool', () => {
    const given = [{ ...text }]
    const content = contentOf(given)
    given[0]!.text = 'rain'
    expect(content).toEqual([text])
  })

  it.each<readonly [unknown, string]>([
    [7, '7'],
    [false, 'false'],
    [{ degrees: 3, at: new Date(0) }, '{"degrees":3,"at":"1970-01-01T00:00:00.000Z"}'],
    [[], '[]'],
    [[1, 2], '[1,2]'],
    [text, '{"type":"text","text":"snow"}'],
    [[text, 'and more'], '[{"type":"text","text":"snow"},"and more"]'],
    [[{ type: 'text' }], '[{"type":"text"}]'],
    [[{ type: 'dog', name: 'Rex' }], '[{"type":"dog","name":"Rex"}]'],
    [[{ type: 'toString' }], '[{"type":"toString"}]'],
    [[{ type: 'image', source: 'web' }], '[{"type":"image","source":"web"}]'],
  ])('is otherwise JSON: %j', (value, json) => {
    expect(contentOf(value)).toBe(json)
  })

  const tooMuch = 'x'.repeat(16_000_001)
  const large = `iVBORw0KGgoA${'A'.repeat(8_000_000)}`
  it.each<readonly [string, unknown]>([
    ['text', tooMuch],
    ['data', { all: tooMuch }],
    ['blocks', [{ type: 'text', text: tooMuch }]],
    ['text with more bytes than characters', '漢'.repeat(5_400_000)],
    ['text that is longer in JSON', '"'.repeat(8_000_001)],
    [
      'several images',
      [1, 2].map(() => ({ ...image, source: { type: 'base64', media_type: 'image/png', data: large } })),
    ],
  ])('rejects more than 16 MB of %s', (_, value) => {
    expect(() => toToolResult('a', value)).toThrow(
      expect.objectContaining({
        code: 'tool-result-invalid',
        message: expect.stringMatching(/call a has 16\.\d MB; the limit is 16\.0 MB/) as string,
      }),
    )
  })

  it('accepts 16 MB', () => {
    // The quotation marks of the JSON string count.
    expect(contentOf(tooMuch.slice(3))).toHaveLength(15_999_998)
  })

  const base64 = (type: string, media_type: unknown, data = 'aGk=') => ({
    type,
    source: { type: 'base64', media_type, data },
  })
  it.each<readonly [string, unknown, string]>([
    ['an image of another type', base64('image', 'image/tiff'), 'file-type-unsupported'],
    ['an image of no type', base64('image', undefined), 'file-type-unsupported'],
    ['a document of another type', base64('document', 'application/msword'), 'file-type-unsupported'],
    ['an image over 10 MB', base64('image', 'image/png', 'A'.repeat(14_000_000)), 'file-too-large'],
  ])('rejects %s, because the API would reject every later request', (_, block, cause) => {
    expect(() => toToolResult('a', [text, block])).toThrow(
      expect.objectContaining({
        code: 'tool-result-invalid',
        message: expect.stringContaining('call a') as string,
        cause: expect.objectContaining({ code: cause }) as unknown,
      }),
    )
  })

  it('may be an image that the API accepts', () => {
    const png = base64('image', 'image/png', 'iVBORw0KGgo=')
    expect(contentOf([png])).toEqual([png])
  })

  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  it.each<readonly [string, unknown]>([
    ['a cycle', cycle],
    ['a function', () => {}],
    ['a nested function', { run: () => {} }],
    ['a symbol', Symbol('x')],
    ['a toJSON that throws', { toJSON: () => JSON.parse('{') as unknown }],
    ['a toJSON that returns nothing', { toJSON: () => undefined }],
  ])('rejects %s', (_, value) => {
    expect(() => toToolResult('a', value)).toThrow(
      expect.objectContaining({ code: 'tool-result-invalid', message: expect.stringContaining('call a') as string }),
    )
  })
})
