import { describe, expect, it } from 'vitest'
import { TurnstateError } from '../../src/errors.ts'
import { checkMediaBlock } from '../../src/files/index.ts'
import { base64, gif, jpeg, pdf, png, pngOf, webp } from './fixtures.ts'

const thrownFor = (type: string, source: unknown): TurnstateError | undefined => {
  try {
    checkMediaBlock({ type, source }, 2)
  } catch (error) {
    if (TurnstateError.is(error)) return error
    throw error
  }
}

describe('a content block that the app made', () => {
  it.each([
    ...Object.entries({ jpeg, png, gif, webp }).map(
      ([type, bytes]) => ['image', { type: 'base64', media_type: `image/${type}`, data: base64(bytes) }] as const,
    ),
    ['document', { type: 'base64', media_type: 'application/pdf', data: base64(pdf) }],
    ['image', { type: 'url', url: 'https://example.com/a.bmp' }],
    ['document', { type: 'url', url: 'HTTP://example.com/a.pdf' }],
    [
      'document',
      {
        type: 'content',
        content: [
          { type: 'text', text: 'Hi' },
          { type: 'image', source: { type: 'file', file_id: 'f1' } },
        ],
      },
    ],
    ['image', { type: 'file', file_id: 'f1' }],
    ['document', { type: 'text', media_type: 'text/plain', data: 'Hi' }],
    ['document', { type: 'content', content: [] }],
    ['document', { type: 'new', media_type: 'x' }],
    ['image', undefined],
    ['image', null],
    ['image', 'x'],
    ['text', { type: 'base64', media_type: 'x' }],
  ] as const)('is accepted as %s of %o', (type, source) => {
    expect(thrownFor(type, source)).toBeUndefined()
  })

  it.each([
    ['image', 'image/bmp', /Block 2 .*"image\/bmp".*image\/jpeg, image\/png, image\/gif, image\/webp/],
    ['image', 'image/jpg', /"image\/jpg"/],
    ['image', 'application/pdf', /"application\/pdf"/],
    ['image', undefined, /no type/],
    ['document', 'image/png', /a document.*"image\/png".*application\/pdf/],
  ])('is rejected as %s in base64 of type %s', (type, mediaType, message) => {
    const error = thrownFor(type, { type: 'base64', media_type: mediaType, data: '' })
    expect(error).toMatchObject({ code: 'file-type-unsupported' })
    expect(error?.message).toMatch(message)
  })

  it.each([0, 1, 2])('is accepted as an image of 10 MB minus %i bytes', (less) => {
    const data = base64(pngOf(10 * 1024 * 1024 - less))
    expect(thrownFor('image', { type: 'base64', media_type: 'image/png', data })).toBeUndefined()
  })

  it.each([1, 2, 3])('is rejected as an image of 10 MB plus %i bytes', (more) => {
    const data = base64(pngOf(10 * 1024 * 1024 + more))
    const error = thrownFor('image', { type: 'base64', media_type: 'image/png', data })
    expect(error).toMatchObject({ code: 'file-too-large' })
    expect(error?.message).toMatch(/Block 2 .*10\.1 MB.*10 MB/)
  })

  it('is rejected as a PDF that fills a whole request', () => {
    const data = 'A'.repeat(32_000_004)
    const error = thrownFor('document', { type: 'base64', media_type: 'application/pdf', data })
    expect(error).toMatchObject({ code: 'file-too-large' })
  })

  const inBase64 = (data: unknown, media_type = 'image/png') => ({ type: 'base64', media_type, data })
  it.each<readonly [string, string, unknown, string, RegExp]>([
    [
      'whose type differs from its bytes',
      'image',
      inBase64(base64(jpeg)),
      'file-type-unsupported',
      /image\/png.*bytes are image\/jpeg/,
    ],
    [
      'whose bytes are not an image',
      'image',
      inBase64(base64(Buffer.from('<svg></svg>'))),
      'file-type-unsupported',
      /neither/,
    ],
    [
      'whose PDF is an image',
      'document',
      inBase64(base64(png), 'application/pdf'),
      'file-type-unsupported',
      /bytes are image\/png/,
    ],
    ['without data', 'image', inBase64(''), 'file-empty', /empty/],
    ['whose data is not a string', 'image', inBase64(undefined), 'file-empty', /empty/],
    [
      'with a data: URL as its data',
      'image',
      inBase64(`data:image/png;base64,${base64(png)}`),
      'file-unreadable',
      /after the comma/,
    ],
    [
      'in base64 with line breaks',
      'image',
      inBase64(`${base64(png).slice(0, 8)}\n${base64(png).slice(8)}`),
      'file-unreadable',
      /is not base64/,
    ],
    ['in base64url', 'image', inBase64(`${base64(png).slice(0, 8)}-_-_`), 'file-unreadable', /is not base64/],
    ['in truncated base64', 'image', inBase64(base64(png).slice(0, 9)), 'file-unreadable', /is not base64/],
    ['with words as its data', 'image', inBase64('a picture of a cat'), 'file-unreadable', /is not base64/],
    [
      'at a data: URL',
      'image',
      { type: 'url', url: 'data:image/png;base64,AAAA' },
      'file-unreadable',
      /data: address.*base64/,
    ],
    ['at a blob: URL', 'image', { type: 'url', url: 'blob:https://a.b/1' }, 'file-unreadable', /can't fetch.*blob/],
    ['at a blank URL', 'document', { type: 'url', url: ' ' }, 'file-empty', /empty/],
    ['whose text is blank', 'document', { type: 'text', media_type: 'text/plain', data: ' \n' }, 'file-empty', /empty/],
    [
      'whose document contains an invalid image',
      'document',
      { type: 'content', content: [{ type: 'image', source: inBase64(base64(gif)) }] },
      'file-type-unsupported',
      /image\/gif/,
    ],
  ])('is rejected when it is one %s', (_, type, source, code, message) => {
    const error = thrownFor(type, source)
    expect(error).toMatchObject({ code })
    expect(error?.message).toMatch(/^Block 2 of the message /)
    expect(error?.message).toMatch(message)
  })
})
