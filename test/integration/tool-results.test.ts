import { describe, expect, it } from 'vitest'
import { type Block, tool } from '../../src/index.ts'
import { toBlocks } from '../../src/journal/index.ts'
import { codeOf, start, until } from '../conversation/start.ts'
import { base64, png } from '../files/fixtures.ts'
import { anything } from '../tools/fixtures.ts'

const call = (id: string, name = 'look'): Block => ({ type: 'tool_use', id, name, input: {} })
const picture = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: base64(png) } }
const form = { name: 'form', input_schema: { type: 'object' } } as const

/** A conversation with a tool that runs this function. */
const looking = (run: () => unknown) => start({ tools: [tool({ name: 'look', input: anything, run }), form] })

/** The results that the model is given for the calls of its reply. */
async function resultsOf({ ask, asked }: ReturnType<typeof start>, calls: readonly Block[]): Promise<readonly Block[]> {
  const { reply } = await ask('Look.')
  reply.give(calls)
  return toBlocks((await asked(2)).request.messages.at(-1)?.content ?? [])
}

describe('the results of one reply', () => {
  it('share a limit of 16 MB: results beyond it become errors that name the sizes', async () => {
    const world = looking(() => '漢'.repeat(2_000_000))
    const endings: string[] = []
    world.chat.on('toolCall.settled', ({ callId, status }) => void endings.push(`${callId} ${status}`))
    const results = await resultsOf(
      world,
      ['a', 'b', 'c'].map((id) => call(id)),
    )
    expect(endings).toEqual(['a settled', 'b settled', 'c failed'])
    expect(results.map((result) => result['is_error'] ?? false)).toEqual([false, false, true])
    expect(results.at(-1)?.['content']).toMatch(/It has 6\.1 MB; of the 16\.0 MB .* 4\.0 MB are left/)
  })

  it('share the limit with an answer of the app, which is rejected and can be given again', async () => {
    const world = looking(() => 'x'.repeat(15_000_000))
    const { chat, ask, asked } = world
    const settled = new Promise((resolve) => chat.on('toolCall.settled', resolve))
    const { turn, reply } = await ask('Look.')
    reply.give([call('a'), call('b', 'form')])
    await until(chat, () => chat.pendingCalls.length === 1)
    await settled
    expect(codeOf(() => chat.answerTool('b', 'y'.repeat(2_000_000)))).toBe('tool-result-invalid')
    chat.answerTool('b', 'Little.')
    ;(await asked(2)).answer('Done.')
    expect(await turn).toMatchObject({ status: 'completed' })
  })
})

describe('an image in the result of a failed call', () => {
  const named = [
    { type: 'text', text: 'It looks like this:' },
    { type: 'text', text: expect.stringMatching(/^\[An image stood here/) as string },
  ]
  const shown = [{ type: 'text', text: 'It looks like this:' }, picture]

  it('is replaced by its description when the tool threw it', async () => {
    const world = looking(() => {
      throw Object.assign(new Error('It looks like this: [image]'), { content: shown })
    })
    expect(await resultsOf(world, [call('a')])).toEqual([
      { type: 'tool_result', tool_use_id: 'a', is_error: true, content: named },
    ])
  })

  it('is replaced by its description when the app gave it', async () => {
    const world = looking(() => '')
    world.chat.on('toolCall.answerRequested', ({ callId }) => world.chat.answerTool(callId, shown, { isError: true }))
    expect(await resultsOf(world, [call('a', 'form')])).toMatchObject([{ is_error: true, content: named }])
  })
})

describe('an error that a tool returns or throws', () => {
  it.each([
    ['is returned', () => new Error('disk full', { cause: new Error('quota') })],
    [
      'is thrown',
      () => {
        throw new Error('disk full', { cause: new Error('quota') })
      },
    ],
  ])('fails the call with its message and that of its cause when it %s', async (_, run) => {
    const [result] = await resultsOf(looking(run), [call('a')])
    expect(result).toMatchObject({ is_error: true, content: expect.stringMatching(/disk full: quota/) as string })
  })
})
