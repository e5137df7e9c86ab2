import { afterEach, describe, expect, it } from 'vitest'
import type { ConversationOptions } from '../../src/index.ts'
import { httpError, refuse, reply, text, thinking, toolUse } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'
import { weatherTool } from './weather.ts'

afterEach(endAll)

const long = (letters: number) => 'x'.repeat(letters)

/** A context window of 600 tokens (2,400 characters of JSON), half filled by the history. */
const nearlyFull = async (options: Partial<ConversationOptions>) => {
  const world = await conversing([reply('Noted.')], options, { contextWindow: 600 })
  expect((await world.chat.sendMessage(long(1_200))).status).toBe('completed')
  return world
}

describe('a message that does not fit into the context window', () => {
  it('is accepted once turns are set aside, and they return when there is room', async () => {
    const { chat, sim, asked, goesOn } = await nearlyFull({})
    const told: unknown[] = []
    chat.on('context.setAside', ({ turns }) => told.push(turns.length))
    chat.on('context.takenBack', ({ turns }) => told.push(-turns.length))
    expect(await chat.sendMessage(long(1_300))).toMatchObject({
      status: 'completed',
      rejection: { code: 'prompt-too-long', status: 400, suspects: [{ kind: 'user-text' }, { kind: 'reply' }] },
    })
    expect([sim.requests.map(({ status }) => status), told]).toEqual([[200, 400, 200], [1]])
    expect(asked(-1)[0]).toMatch(/left out here.*x{1300}$/)
    await goesOn(chat)
  })

  it('fails under onRejection "stop" and leaves the history, and smaller messages are accepted', async () => {
    const { chat, sim, asked, goesOn } = await nearlyFull({ onRejection: 'stop' })
    expect(await chat.sendMessage(long(1_300))).toMatchObject({
      status: 'failed',
      error: { code: 'prompt-too-long', details: { status: 400 } },
    })
    expect(sim.requests).toHaveLength(2)
    await goesOn(chat)
    expect(asked(-1)).toEqual([long(1_200), 'Noted.', 'And now?'])
  })

  it('is sent again after a compaction under onOverflow "compact"', async () => {
    const { chat, sim, sent, body, follow, goesOn } = await nearlyFull({ onOverflow: 'compact' })
    const outcome = await chat.sendMessage(long(1_300))
    expect([outcome.status, outcome.error?.message]).toEqual(['completed', undefined])
    expect(outcome.attempts.length).toBeGreaterThanOrEqual(2)
    expect(sim.requests.map(({ status }) => status)).toEqual([200, 400, 200, 200])
    expect([sent(-1, 'compaction').length, body(-1).messages.length]).toEqual([1, 2])
    const shown = ['user complete', 'assistant complete']
    expect(chat.messages.map(({ role, status }) => `${role} ${status}`)).toEqual([...shown, ...shown])
    expect(follow(chat.fork()).messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant'])
    await goesOn(chat)
  })

  it('is handled as the onOverflow function decides', async () => {
    const asked: unknown[] = []
    const { chat, goesOn } = await nearlyFull({
      onRejection: 'stop',
      onOverflow: async ({ failure, model }) => {
        asked.push([failure.code, model])
        return asked.length === 1 ? 'fail' : 'compact'
      },
    })
    expect((await chat.sendMessage(long(1_300))).status).toBe('failed')
    expect((await chat.sendMessage(long(1_300))).status).toBe('completed')
    expect(asked).toEqual(Array.from({ length: 2 }, () => ['prompt-too-long', 'claude-opus-5-5']))
    await goesOn(chat)
  })

  it('fails when the function throws or returns no policy', async () => {
    const logged: unknown[] = []
    const answers = [() => Promise.reject(new Error('no idea')), () => 'sometimes' as 'fail']
    const { chat, goesOn } = await nearlyFull({
      onRejection: 'stop',
      onOverflow: () => answers.shift()?.() ?? 'fail',
      logger: { warn: () => {}, error: (message) => void logged.push(message) },
    })
    for (let times = 0; times < 2; times++) expect((await chat.sendMessage(long(1_300))).status).toBe('failed')
    expect(logged).toHaveLength(2)
    await goesOn(chat)
  })

  it('fails when it does not fit after any removal, and is not compacted forever', async () => {
    const { chat, sim, goesOn } = await nearlyFull({ onOverflow: 'compact' })
    expect(await chat.sendMessage(long(3_000))).toMatchObject({ status: 'failed', error: { code: 'prompt-too-long' } })
    expect(sim.requests.map(({ status }) => status)).toEqual([200, 400, 200, 400, 400])
    await goesOn(chat)
  })

  it('fails as the first of a conversation, because there is nothing to compact', async () => {
    const { chat, sim, goesOn } = await conversing([], { onOverflow: 'compact' }, { contextWindow: 600 })
    expect((await chat.sendMessage(long(3_000))).error?.code).toBe('prompt-too-long')
    expect(sim.requests).toHaveLength(1)
    await goesOn(chat)
  })

  it.each([
    ['is refused', refuse({ category: 'bio' })],
    ['is empty', reply([])],
    ['fails', httpError(403)],
  ])('is answered even when the compaction %s, because turns are set aside for it', async (_, step) => {
    const { chat, next, sim, goesOn } = await nearlyFull({ onOverflow: 'compact' })
    next(step, step)
    expect(await chat.sendMessage(long(1_300))).toMatchObject({ status: 'completed' })
    expect(sim.requests.filter(({ status }) => status === 400)).toHaveLength(2)
    await goesOn(chat)
  })

  it.each(['fail', 'compact'] as const)(
    'continues under "%s" without an oversized tool result, and the tool does not run again',
    async (onOverflow) => {
      const { weather, cities } = weatherTool(() => long(1_300))
      const { chat, next, sim, sent, goesOn } = await nearlyFull({ tools: [weather], onOverflow })
      next(reply([text('I look.'), toolUse('weather', { city: 'Rome' })]))
      expect((await chat.sendMessage('Rome?')).status).toBe('completed')
      expect([sim.requests.length, cities]).toEqual([4, ['Rome']])
      await goesOn(chat)
      expect(sent(-1, 'tool_result')).toMatchObject([
        { is_error: true, content: expect.stringMatching(/The tool ran.*could not be sent/) },
      ])
    },
  )
})

describe('a reply cut by the context window', () => {
  const cut = reply([text('Half ', 'of ')], { stopReason: 'model_context_window_exceeded' })

  it('fails and keeps its partial reply', async () => {
    const { chat, asked, goesOn } = await conversing([reply('Hello.'), cut])
    await chat.sendMessage('Hello')
    expect(await chat.sendMessage('Tell me')).toMatchObject({
      status: 'failed',
      text: 'Half of ',
      truncated: true,
      error: { code: 'context-window-exceeded' },
    })
    expect(chat.messages.at(-1)?.status).toBe('partial')
    await goesOn(chat)
    expect(asked(-1).slice(2, 4)).toEqual(['Tell me', 'Half of '])
  })

  it('is continued after a compaction, as one reply', async () => {
    const { chat, sim, sent, goesOn, next } = await conversing([reply('Hello.'), cut], { onOverflow: 'compact' })
    await chat.sendMessage('Hello')
    next({ default: true }, reply('the rest.'))
    const outcome = await chat.sendMessage('Tell me')
    expect(outcome).toMatchObject({ status: 'completed', text: 'Half of the rest.', truncated: false })
    expect(sim.requests).toHaveLength(4)
    expect(sent(-1, 'compaction')).toHaveLength(1)
    await goesOn(chat)
  })

  it('is handled as the onOverflow function decides', async () => {
    const codes: string[] = []
    const { chat, goesOn } = await conversing([reply('Hello.'), cut, { default: true }, reply('the rest.')], {
      onOverflow: ({ failure }) => {
        codes.push(failure.code)
        return 'compact'
      },
    })
    await chat.sendMessage('Hello')
    expect((await chat.sendMessage('Tell me')).text).toBe('Half of the rest.')
    expect(codes).toEqual(['context-window-exceeded'])
    await goesOn(chat)
  })
})

describe('a reply cut by max_tokens', () => {
  const cut = (said: string) => reply([text(said)], { stopReason: 'max_tokens' })

  it('is continued up to the number of times that the app sets, as one reply', async () => {
    const { chat, sim, goesOn } = await conversing([cut('One, '), cut('two, '), reply('three.')], {
      onTruncated: 'continue',
    })
    expect(await chat.sendMessage('Count')).toMatchObject({
      status: 'completed',
      text: 'One, two, three.',
      truncated: false,
    })
    expect(sim.requests).toHaveLength(3)
    await goesOn(chat)
  })

  it('stays truncated after the last continuation', async () => {
    const { chat, sim, goesOn } = await conversing([cut('One, '), cut('two, '), cut('three, ')], {
      onTruncated: { continue: 2 },
    })
    expect(await chat.sendMessage('Count')).toMatchObject({ text: 'One, two, three, ', truncated: true })
    expect(sim.requests).toHaveLength(3)
    await goesOn(chat)
  })

  it('keeps its first part when its continuation is refused', async () => {
    const { chat, asked, goesOn } = await conversing(
      [cut('One, '), refuse({ at: { afterDeltas: 1 } }, [text('bad ', 'words')])],
      { onTruncated: 'continue' },
    )
    expect((await chat.sendMessage('Count')).status).toBe('refused')
    await goesOn(chat, 'bad ')
    expect(asked(-1)).toEqual(['Count', 'One, ', 'And now?'])
  })
})

describe('a reply cut by max_tokens', () => {
  it.each([
    ['during its thinking', [thinking('Hm, ', 'let me')], {}],
    ['in its structured output', '{"city": "Ro', { output_config: { format: { type: 'json_schema', schema: {} } } }],
  ] as const)('is not continued when it was cut %s', async (_, content, request) => {
    const { chat, sim, goesOn } = await conversing([reply(content, { stopReason: 'max_tokens' })], {
      onTruncated: 'continue',
      request,
    })
    expect(await chat.sendMessage('Hello')).toMatchObject({ status: 'completed', truncated: true })
    expect(sim.requests).toHaveLength(1)
    await goesOn(chat)
  })
})
