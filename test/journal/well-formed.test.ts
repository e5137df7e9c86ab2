import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wellFormed } from '../../src/journal/index.ts'

/** Any text, including lone surrogates. */
const anyText = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) })
const anyData = fc
  .jsonValue({ depthSize: 'small' })
  .chain((value) =>
    fc.oneof(
      fc.constant(value),
      anyText,
      fc.array(anyText),
      fc.dictionary(anyText, fc.oneof(anyText, fc.array(anyText), fc.constant(value))),
    ),
  )

const bytes = (text: string) => new TextDecoder().decode(new TextEncoder().encode(text))

describe('well-formed text', () => {
  it('survives UTF-8 unchanged, in any position and from any source', () => {
    fc.assert(
      fc.property(anyData, (value) => {
        const json = JSON.stringify(wellFormed(value))
        expect(json).not.toMatch(/\\ud[89ab]|\\ud[c-f]/)
        expect(bytes(json)).toBe(json)
      }),
    )
  })

  it('is returned as the same object when it is already well-formed', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(wellFormed(value)).toBe(value)
      }),
    )
  })

  it('has U+FFFD in place of each lone surrogate, in values and keys', () => {
    expect(wellFormed('a\ud83d b')).toBe('a\ufffd b')
    expect(wellFormed('\ude00\ud83d')).toBe('\ufffd\ufffd')
    expect(wellFormed({ 'k\ud83d': ['\ude00', { deep: 'x\udc00' }], n: 1, none: null })).toEqual({
      'k\ufffd': ['\ufffd', { deep: 'x\ufffd' }],
      n: 1,
      none: null,
    })
  })

  it('keeps whole emoji, NUL and every other control character', () => {
    const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join('')
    const text = `😀${controls}\u007f\u0080\u009f\ufeff\uffff`
    expect(wellFormed(text)).toBe(text)
    expect(JSON.parse(JSON.stringify(wellFormed({ text })))).toEqual({ text })
  })

  it('keeps two keys that become equal, and a field named __proto__', () => {
    const two = wellFormed({ '\ud83d': 1, '\ud83e': 2 })
    expect(Object.values(two)).toEqual([1, 2])
    const odd: object = JSON.parse('{"__proto__":{"x":1},"bad":"\\ud83d"}')
    const mended = wellFormed(odd)
    expect(Object.keys(mended)).toEqual(['__proto__', 'bad'])
    expect(Object.getPrototypeOf(mended)).toBe(Object.prototype)
  })

  it('leaves values other than plain data unchanged', () => {
    class Schema {
      readonly text = '\ud83d'
    }
    const schema = new Schema()
    const format = { schema, parse: () => 1 }
    expect(wellFormed(format)).toBe(format)
    expect(wellFormed({ ...format, title: '\ud83d' })).toEqual({ ...format, title: '\ufffd' })
  })

  it('neither overflows nor hangs on data nested a hundred thousand levels deep or with cycles', () => {
    let deep: unknown = '\ud83d'
    for (let level = 0; level < 100_000; level++) deep = { in: [deep] }
    let mended: unknown = wellFormed(deep)
    while (typeof mended === 'object' && mended !== null) [mended] = Object.values(mended)
    expect(mended).toBe('\ufffd')
    const ring: { self?: unknown; text: string } = { text: '\ud83d' }
    ring.self = ring
    const { self, text } = wellFormed(ring)
    expect(text).toBe('\ufffd')
    expect(self).toHaveProperty('self', self)
  })
})
