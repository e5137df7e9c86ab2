import { describe, expect, it } from 'vitest'
import { base64, pngOf } from '../files/fixtures.ts'
import { codeOf, start } from './start.ts'

const picture = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: base64(pngOf(9_000_000)) } }

describe('a message of more than 32 MB', () => {
  it.each([
    ['in characters', 'x'.repeat(32_000_001)],
    ['in bytes, not in characters', '漢'.repeat(10_700_000)],
    ['as text of blocks', [{ type: 'text', text: '漢'.repeat(10_700_000) }]],
    ['of pictures that each fit', [picture, picture, picture]],
    ['of files and text', { text: 'x'.repeat(10_000_000), files: [picture, picture] }],
  ])('is rejected at the call, and another can be sent: %s', async (_, input) => {
    const { chat, exchange } = start()
    expect(codeOf(() => chat.sendMessage(input))).toBe('input-too-large')
    expect(await exchange('Hello', 'Hi')).toMatchObject({ status: 'completed' })
  })

  it('fails before it is sent when its files are too large together', async () => {
    const { chat, replies } = start()
    const files = [1, 2, 3].map((n) => new File([pngOf(9_000_000)], `${n}.png`, { type: 'image/png' }))
    const { status, error } = await chat.sendMessage({ text: 'Look.', files })
    expect([status, error?.code, replies.length]).toEqual(['failed', 'input-too-large', 0])
    expect(error?.message).toMatch(/36\.1 MB.*32\.0 MB/)
  })

  it('is measured by its JSON: a message just below the limit is sent', async () => {
    const { exchange } = start()
    expect(await exchange('x'.repeat(31_999_990), 'Long.')).toMatchObject({ status: 'completed' })
  })
})
