import { describe, expect, it } from 'vitest'
import { TurnstateError } from '../../src/errors.ts'
import { checkMediaBlock } from '../../src/files/index.ts'
import { base64, png, pngOf } from './fixtures.ts'

const thrownFor = (type: string, source: unknown): TurnstateError | undefined => {
  try {
    checkMediaBlock({ type, source }, 2)
  } catch (error) {
    if (TurnstateError.is(error)) return error
    throw error
  }
}

describe('a block that the app made itself', () => {
  it.each([
    ...['image/jpeg', 'image/png', 'image/gif', 'image/webp'].map(
      (type) => ['image', { type: 'base64', media_type: type, data: base64(png) }] as const,
    ),
    ['document', { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' }],
    ['image', { type: 'url', url: 'https://example.com/a.bmp' }],
    ['image', { type: 'file', file_id: 'f1' }],
    ['document', { type: 'text', media_type: 'text/plain', data: 'Hi' }],
    ['document', { type: 'content', content: [] }],
    ['document', { type: 'new', media_type: 'x' }],
    ['image', undefined],
    ['image', null],
    ['image', 'x'],
    ['text', { type: 'base64', media_type: 'x' }],
  ] as const)('passes as %s of %o', (type, source) => {
    expect(thrownFor(type, source)).toBeUndefined()
  })

  it.each([
    ['image', 'image/bmp', /Block 2 .*"image\/bmp".*image\/jpeg, image\/png, image\/gif, image\/webp/],
    ['image', 'image/jpg', /"image\/jpg"/],
    ['image', 'application/pdf', /"application\/pdf"/],
    ['image', undefined, /no type/],
    ['document', 'image/png', /a document.*"image\/png".*application\/pdf/],
  ])('is refused as %s in base64 of %s', (type, mediaType, message) => {
    const error = thrownFor(type, { type: 'base64', media_type: mediaType, data: '' })
    expect(error).toMatchObject({ code: 'file-type-unsupported' })
    expect(error?.message).toMatch(message)
  })

  it.each([0, 1, 2])('is taken as an image of 10 MB less %i bytes', (less) => {
    const data = base64(pngOf(10 * 1024 * 1024 - less))
    expect(thrownFor('image', { type: 'base64', media_type: 'image/png', data })).toBeUndefined()
  })

  it.each([1, 2, 3])('is refused as an image of 10 MB and %i bytes', (more) => {
    const data = base64(pngOf(10 * 1024 * 1024 + more))
    const error = thrownFor('image', { type: 'base64', media_type: 'image/png', data })
    expect(error).toMatchObject({ code: 'file-too-large' })
    expect(error?.message).toMatch(/Block 2 .*10\.1 MB.*10 MB/)
  })

  it('is refused as a PDF that fills a whole request', () => {
    const data = 'A'.repeat(32_000_004)
    const error = thrownFor('document', { type: 'base64', media_type: 'application/pdf', data })
    expect(error).toMatchObject({ code: 'file-too-large' })
  })
})
