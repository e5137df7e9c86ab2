import { describe, expect, it } from 'vitest'
import { type Block, tool } from '../../src/index.ts'
import { start } from '../conversation/start.ts'
import { anything } from '../tools/fixtures.ts'

const call: Block = { type: 'tool_use', id: 'k1', name: 'look', input: {} }

type Ending = { readonly resolve: (value: unknown) => void; readonly reject: (error: unknown) => void } | undefined

/** A conversation during a call that ignores its signal. */
async function lookingOn() {
  let end: Ending
  let signal: AbortSignal | undefined
  let runs = () => {}
  const running = new Promise<void>((resolve) => {
    runs = resolve
  })
  const look = tool({
    name: 'look',
    input: anything,
    run: (_, info) =>
      new Promise((resolve, reject) => {
        end = { resolve, reject }
        signal = info.signal
        runs()
      }),
  })
  const world = start({ tools: [look] })
  const { turn, reply } = await world.ask('Look.')
  reply.give([call])
  await running
  return { ...world, turn, end: () => end, aborted: () => signal?.aborted }
}

describe('a tool that ignores its signal', () => {
  it.each([
    ['returns', (end: Ending) => end?.resolve('late')],
    ['fails', (end: Ending) => end?.reject(new Error('late'))],
    ['never ends', () => {}],
  ])('and %s after the stop leaves its turn stopped, and the conversation continues', async (_, afterwards) => {
    const { chat, turn, end, aborted, ask } = await lookingOn()
    chat.stop()
    expect(await turn).toMatchObject({ status: 'stopped' })
    expect(aborted()).toBe(true)
    const { turn: next, reply } = await ask('Go on.')
    afterwards(end())
    const [result] = reply.request.messages.flatMap(({ content }) =>
      typeof content === 'string' ? [] : content.filter(({ type }) => type === 'tool_result'),
    )
    expect(result).toMatchObject({ tool_use_id: 'k1', is_error: true })
    reply.answer('Fine.')
    expect(await next).toMatchObject({ status: 'completed' })
  })

  it('does not keep the conversation from closing', async () => {
    const { chat, turn } = await lookingOn()
    await chat.close()
    expect(await turn).toMatchObject({ status: 'stopped' })
  })
})

describe('any value that a tool throws', () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  it.each<readonly [string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a symbol', Symbol('x')],
    ['an object without a prototype', Object.create(null)],
    [
      'what can’t be made a text',
      {
        toString: () => {
          throw new Error('no')
        },
      },
    ],
    ['a proxy that is revoked', proxy],
    [
      'an error whose message throws',
      Object.defineProperty(new Error('x'), 'message', {
        get: () => {
          throw new Error('no')
        },
      }),
    ],
    ['an error with invalid content', Object.assign(new Error('x'), { content: [() => {}] })],
  ])('becomes an error result, and the turn continues: %s', async (_, thrown) => {
    const look = tool({
      name: 'look',
      input: anything,
      run: () => {
        throw thrown
      },
    })
    const { ask, asked } = start({ tools: [look] })
    const { turn, reply } = await ask('Look.')
    reply.give([call])
    const next = await asked(2)
    expect(next.request.messages.at(-1)?.content).toMatchObject([
      { is_error: true, content: expect.stringMatching(/^The tool failed: ./) as string },
    ])
    next.answer('I see.')
    expect(await turn).toMatchObject({ status: 'completed' })
  })
})
