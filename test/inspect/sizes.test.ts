import { describe, expect, it } from 'vitest'
import { redactContent } from '../../src/observe/redact-blocks.ts'
import { cacheBreakpoints, excerpt, jsonBytes, messageBytes } from '../../src/observe/sizes.ts'
import type { Block, Message } from '../../src/journal/index.ts'
import { cached, call, result, text } from '../journal/fixtures.ts'

/** The block as part of redacted content. */
const redacted = (content: Message['content']): Block => {
  const [block] = redactContent(content, String)
  if (typeof block !== 'object') throw new Error('What is redacted is a block')
  return block
}

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))

const contents = [
  'plain',
  'quoted "ñ" 🦊 \n\u0001',
  [text('one')],
  [text('one', cached), call('k1', { input: { deep: ['ñ', { x: 1 }] } })],
  [result('k1', { content: [text('ñ', cached), { type: 'image', source: { type: 'base64', data: 'AAAA' } }] })],
].map((content): { readonly content: Message['content'] } => ({ content }))

describe('the bytes of a message', () => {
  it.each(contents)('are those of its JSON: $content', ({ content }) => {
    const message = { role: 'user', content } as const
    expect(messageBytes(message)).toBe(bytesOf(message))
    expect(messageBytes({ ...message, role: 'assistant' })).toBe(bytesOf({ ...message, role: 'assistant' }))
  })

  it.each(contents)('do not change with redaction: $content', ({ content }) => {
    const message = { role: 'user', content } as const
    expect(messageBytes({ role: 'user', content: redactContent(content, String) })).toBe(bytesOf(message))
  })

  it('do not change when a redacted string is merged with blocks', () => {
    const joined = { role: 'user', content: [text('quoted "ñ"'), text('more')] } as const
    const content = [redacted('quoted "ñ"'), redacted([text('more')])]
    expect(messageBytes({ role: 'user', content })).toBe(bytesOf(joined))
  })

  it('follow the changes of a request to a redacted block', () => {
    const real = call('k1', { input: { path: 'a long path' }, ...cached })
    const hidden = redacted([real])
    expect(jsonBytes({ ...hidden, id: 'k1_2' })).toBe(bytesOf({ ...real, id: 'k1_2' }))
    const { cache_control: _, ...unmarked } = hidden
    const { cache_control: __, ...realUnmarked } = real
    expect(jsonBytes(unmarked)).toBe(bytesOf(realUnmarked))
  })
})

describe('the bytes of a value', () => {
  it('are 0 for a value that JSON cannot represent', () => {
    const loop: Record<string, unknown> = {}
    loop['self'] = loop
    expect([jsonBytes(undefined), jsonBytes(loop), jsonBytes({ big: 1n })]).toEqual([0, 0, 0])
  })

  it('are the same when they are counted again', () => {
    const block = text('ñandú')
    expect([jsonBytes(block), jsonBytes(block)]).toEqual([bytesOf(block), bytesOf(block)])
  })
})

describe('cache breakpoints', () => {
  it('are counted in blocks and inside of tool results', () => {
    const content = [text('a', cached), result('k1', { content: [text('b', cached), text('c')], ...cached })]
    expect(
      cacheBreakpoints([
        { role: 'user', content },
        { role: 'user', content: 'none' },
      ]),
    ).toBe(3)
    expect(cacheBreakpoints([{ role: 'user', content: redactContent(content, String) }])).toBe(3)
  })

  it('are not counted when they are null', () => {
    expect(cacheBreakpoints([{ role: 'user', content: [text('a', { cache_control: null })] }])).toBe(0)
  })
})

describe('an excerpt', () => {
  it('is one line of limited length', () => {
    expect(excerpt('one\n two\t three', 80)).toBe('one two three')
    expect(excerpt('abcdef', 4)).toBe('abc…')
    expect(excerpt('abcd', 4)).toBe('abcd')
  })

  it('names blocks other than text', () => {
    expect(excerpt([text('look'), call('k1')], 80)).toBe('look [tool_use]')
  })
})
