import { afterEach, describe, expect, it } from 'vitest'
import type { ConversationOptions, NoticeType, RejectedTurn } from '../../src/index.ts'
import { httpError, reply, text, toolUse } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'
import { told } from './moments.ts'
import { weatherTool } from './weather.ts'

afterEach(endAll)

const invalid = httpError(400, { message: 'something is wrong' })

/** Two completed turns, and a third message whose request the API rejects. */
async function rejected(options: Partial<ConversationOptions>, ...steps: Parameters<typeof conversing>[0]) {
  const world = await conversing([reply('One.'), reply('Two.'), ...steps], options)
  for (const words of ['a', 'b']) expect((await world.chat.sendMessage(words)).status).toBe('completed')
  return world
}

describe('a request that the API rejects', () => {
  it('is sent again without dispensable parts, as the outcome, events and state report', async () => {
    const { chat, sim, goesOn } = await rejected({}, invalid, reply('Three.'))
    const types: NoticeType[] = []
    const states: string[] = []
    chat.on('*', ({ type }) => types.push(type))
    chat.on('state', ({ to }) => states.push(to))
    const outcome = await chat.sendMessage('c')
    expect(outcome).toMatchObject({
      status: 'completed',
      text: 'Three.',
      rejection: {
        code: 'request-invalid',
        status: 400,
        pointer: null,
        suspects: [{ kind: 'user-text' }, { kind: 'reply' }],
      },
    })
    expect(types.filter((type) => /rejected|setAside/.test(type))).toEqual(['request.rejected', 'context.setAside'])
    expect(states).toContain('rejected.deciding')
    expect(sim.requests).toHaveLength(4)
    expect(chat.leftOut).toMatchObject([{ what: 'turn', why: 'the API rejected it' }])
    expect(chat.messages).toHaveLength(6)
    await goesOn(chat)
  })

  it('restores the removed turns with the next message when they are not to blame', async () => {
    const { chat, asked, goesOn } = await rejected(
      {},
      reply('Three.'),
      reply('Four.'),
      invalid,
      reply('Five.'),
      reply('Six.'),
    )
    for (const words of ['c', 'd', 'e']) await chat.sendMessage(words)
    expect(chat.leftOut).toHaveLength(2)
    const back: number[] = []
    chat.on('context.takenBack', ({ turns }) => back.push(turns.length))
    await chat.sendMessage('f')
    expect([back, chat.leftOut.length]).toEqual([[1], 1])
    await goesOn(chat)
    expect(asked(-1)).toEqual(expect.arrayContaining(['Two.', 'c', 'Three.', 'd', 'Four.', 'e', 'Five.', 'f', 'Six.']))
  })

  it('fails the turn after at most six requests, with the history unchanged, when no repair helps', async () => {
    const { chat, sim, asked, goesOn } = await rejected({}, ...Array.from({ length: 4 }, () => invalid))
    const { history } = chat
    expect(await chat.sendMessage('c')).toMatchObject({ status: 'failed', error: { code: 'request-invalid' } })
    expect(sim.requests.map(({ status }) => status)).toEqual([200, 200, 400, 400, 400, 400])
    expect(chat.history).toEqual(history)
    await goesOn(chat)
    expect(asked(-1)).not.toContain('c')
  })

  it('is sent again without a bad tool result: the tool ran once, and the model is informed that it did', async () => {
    const { weather, cities } = weatherTool(() => 'x'.repeat(100))
    const calls = reply([toolUse('weather', { city: 'Rome' })])
    const tooLarge = httpError(413, { message: 'Request exceeds the maximum size' })
    const { chat, sent } = await rejected({ tools: [weather] }, calls, tooLarge, reply([text('It is known.')]))
    expect((await chat.sendMessage('Rome?')).text).toBe('It is known.')
    expect(cities).toEqual(['Rome'])
    expect(sent(-1, 'tool_result')).toMatchObject([
      { is_error: true, content: expect.stringContaining('The tool ran') },
    ])
  })
})

describe('onRejection', () => {
  it('"stop" fails the turn at once', async () => {
    const { chat, sim, goesOn } = await rejected({ onRejection: 'stop' }, invalid)
    expect((await chat.sendMessage('c')).status).toBe('failed')
    expect(sim.requests).toHaveLength(3)
    await goesOn(chat)
  })

  it.each([
    ['clear', 'clear' as const, 0],
    ['{ rewind: 1 }', { rewind: 1 }, 2],
  ])('%s removes earlier turns from the context, and reports it', async (_, onRejection, left) => {
    const { chat, goesOn } = await rejected({ onRejection }, invalid)
    const resets: unknown[] = []
    chat.on('context.reset', ({ cause }) => resets.push(cause))
    expect((await chat.sendMessage('c')).status).toBe('failed')
    await chat.sendMessage('d')
    expect(resets).toEqual(['rejection'])
    expect(chat.history).toHaveLength(left + 2)
    await goesOn(chat)
  })

  it('"manual" waits for a person, as the state reports', async () => {
    const { chat, goesOn } = await rejected({ onRejection: 'manual' }, invalid, reply('Three.'))
    const rejection = told(chat, 'request.rejected')
    const turn = chat.sendMessage('c')
    await rejection
    await new Promise<void>((resolve) => chat.on('state', ({ to }) => to === 'rejected.awaitingDecision' && resolve()))
    expect([chat.status, chat.canSend]).toEqual(['rejected', false])
    expect(() => chat.sendMessage('d')).toThrow(/resolveRejection/)
    expect(() => void chat.resolveRejection('drop-turn' as 'stop')).toThrow(
      expect.objectContaining({ code: 'policy-invalid' }),
    )
    chat.resolveRejection('repair')
    expect((await turn).status).toBe('completed')
    expect(() => void chat.resolveRejection('stop')).toThrow(expect.objectContaining({ code: 'no-rejection' }))
    await goesOn(chat)
  })

  it('may be a function, which is given the suspects; the default applies when it throws', async () => {
    const given: RejectedTurn[] = []
    const logged: unknown[] = []
    const { chat } = await rejected(
      {
        onRejection: (turn) => {
          given.push(turn)
          if (given.length > 1) throw new Error('no idea')
          return 'stop'
        },
        logger: { warn: () => {}, error: (message) => void logged.push(message) },
      },
      invalid,
      invalid,
      reply('Four.'),
    )
    expect((await chat.sendMessage('c')).status).toBe('failed')
    expect((await chat.sendMessage('d')).status).toBe('completed')
    expect(given[0]).toMatchObject({
      failure: { code: 'request-invalid' },
      rejection: { suspects: [{ kind: 'user-text' }, { kind: 'reply' }] },
    })
    expect(logged).toHaveLength(1)
  })

  it.each(['never', 7, { rewind: -1 }, null])('must be a policy; got %j', async (onRejection) => {
    await expect(conversing([], { onRejection: onRejection as 'stop' })).rejects.toMatchObject({
      code: 'policy-invalid',
    })
  })
})

describe('a rejected turn that waits for a decision', () => {
  it.each(['stop', 'close'] as const)('settles on %s, with the history unchanged', async (how) => {
    const { chat } = await rejected({ onRejection: () => new Promise(() => {}) }, invalid)
    const { history } = chat
    const rejection = told(chat, 'request.rejected')
    const turn = chat.sendMessage('c')
    await rejection
    void chat[how]()
    expect((await turn).status).toBe('stopped')
    expect(chat.history).toEqual(history)
  })
})
