import { describe, expect, it } from 'vitest'
import { createConversation, type MessageParam } from '../../src/index.ts'

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const image = (mediaType: string, data: string) => ({
  type: 'image',
  source: { type: 'base64', media_type: mediaType, data },
})

/** The history and the repairs of a conversation seeded with this block. */
function seeded(block: object) {
  const messages = [
    { role: 'user', content: [block, { type: 'text', text: 'What is it?' }] },
    { role: 'assistant', content: 'A dot.' },
  ] as unknown as MessageParam[]
  const { history, repairs } = createConversation({
    source: async function* () {},
    model: 'm',
    maxTokens: 10,
    messages,
    logger: { warn() {}, error() {} },
  })
  return { sent: JSON.parse(JSON.stringify(history[0]?.content))[0], repairs }
}

describe('an image in a seeded history', () => {
  it('stays unchanged when its bytes match its type', () => {
    expect(seeded(image('image/png', png))).toEqual({ sent: image('image/png', png), repairs: [] })
  })

  it('is sent with the type of its bytes, and the repair is reported', () => {
    const { sent, repairs } = seeded(image('image/jpeg', png))
    expect(sent).toEqual(image('image/png', png))
    expect(repairs).toEqual([{ message: 0, what: expect.stringMatching(/image\/jpeg.*image\/png/) }])
  })

  it.each([
    ['it is empty', image('image/png', '')],
    ['it is not base64', image('image/png', 'not base64!')],
    ['its bytes have no supported type', image('image/png', 'AAAAAAAAAAAAAAAA')],
    ['its type is not supported', image('image/svg+xml', 'PHN2Zy8+')],
    ['its URL contains the data', { type: 'image', source: { type: 'url', url: 'data:image/png;base64,AAAA' } }],
  ])('is replaced by a line of text, which is reported, when %s', (_, block) => {
    const { sent, repairs } = seeded(block)
    expect(sent).toMatchObject({ type: 'text', text: expect.stringContaining('image') })
    expect(repairs).toEqual([{ message: 0, what: expect.stringContaining('A line replaces it') }])
  })

  it('is repaired in a tool result, too', () => {
    const messages = [
      { role: 'user', content: 'Look.' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }] },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [image('image/gif', png)] }],
      },
      { role: 'assistant', content: 'A dot.' },
    ] as unknown as MessageParam[]
    const chat = createConversation({
      source: async function* () {},
      model: 'm',
      maxTokens: 10,
      messages,
      logger: { warn() {}, error() {} },
    })
    expect(JSON.stringify(chat.history)).toContain('"media_type":"image/png"')
    expect(chat.repairs).toHaveLength(1)
  })
})
