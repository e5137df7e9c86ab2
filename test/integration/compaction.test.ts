import { afterEach, describe, expect, it } from 'vitest'
import { compact, compaction, httpError, refuse, reply, text, thinking, toolUse } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'
import { weatherTool } from './weather.ts'

afterEach(endAll)

const header = 'compact-2026-09-04'
const withoutCompaction = 'claude-haiku-4-5'

describe('compact()', () => {
  it('lets the API replace the history with its block', async () => {
    const { chat, sim, body, sent, goesOn } = await conversing([
      reply([thinking('Hm.'), text('Hello.')]),
      reply('Two.'),
    ])
    const compacted: string[] = []
    chat.on('context.compacted', ({ turnId }) => compacted.push(turnId))
    for (const message of ['Hello', 'Count']) await chat.sendMessage(message)
    const shown = chat.messages
    const outcome = await chat.compact()
    expect(outcome.status).toBe('completed')
    expect(compacted).toEqual([outcome.turnId])
    expect(body(2)['compaction']).toEqual({ type: 'summarize' })
    expect(sim.requests[2]?.betas).toContain(header)
    expect(chat.messages).toEqual(shown)
    expect(chat.history).toMatchObject([{ role: 'assistant', content: [{ type: 'compaction' }] }])
    await goesOn(chat)
    expect(body(-1)).not.toHaveProperty('compaction')
    expect(sim.requests.at(-1)?.betas).toContain(header)
    expect(sent(-1, 'compaction')).toHaveLength(1)
    await goesOn(chat)
    expect(body(-1).messages).toHaveLength(4)
  })

  it('can be repeated, also after tools', async () => {
    const { weather } = weatherTool()
    const { chat, sent, body, goesOn } = await conversing(
      [reply([thinking('Where?'), toolUse('weather', { city: 'Rome' })]), reply('Sunny.')],
      { tools: [weather] },
    )
    await chat.sendMessage('Rome?')
    expect((await chat.compact()).status).toBe('completed')
    await chat.sendMessage('And Oslo?')
    expect((await chat.compact()).status).toBe('completed')
    await goesOn(chat)
    expect([sent(-1, 'compaction').length, body(-1).messages.length]).toEqual([1, 2])
    expect(() => chat.compact()).not.toThrow()
  })

  it('asks for a summary in words from a model without compaction in the API', async () => {
    const { chat, sim, asked, goesOn } = await conversing([], { model: withoutCompaction })
    await chat.sendMessage('Hello')
    const outcome = await chat.compact()
    expect([outcome.status, outcome.error?.message]).toEqual(['completed', undefined])
    expect(sim.requests.map(({ status }) => status)).toEqual([200, 400, 200])
    expect(chat.history).toHaveLength(1)
    await goesOn(chat)
    expect(asked(-1)).toHaveLength(1)
    expect(asked(-1)[0]).toMatch(/<summary>[\s\S]+<\/summary>[\s\S]*And now\?/)
  })

  it('sends the app’s instructions for a summary, without a forced tool_choice, and runs no tools', async () => {
    const { weather, cities } = weatherTool()
    const { chat, sim, asked, body, goesOn } = await conversing([reply('Hello.'), reply('They said hello.')], {
      tools: [weather],
      compaction: { by: 'summary', instructions: 'Sum it up.' },
    })
    await chat.sendMessage('Hello')
    expect((await chat.compact()).status).toBe('completed')
    expect(asked(1).at(-1)).toBe('Sum it up.')
    expect(body(1)['tool_choice']).toEqual({ type: 'none' })
    await goesOn(chat)
    expect(asked(-1)[0]).toContain('They said hello.')
    expect([sim.requests.length, cities]).toEqual([3, []])
  })

  it('throws when there is nothing to compact', async () => {
    const { chat, goesOn } = await conversing([])
    expect(() => chat.compact()).toThrow(expect.objectContaining({ code: 'nothing-to-compact' }))
    await chat.sendMessage('Hello')
    await chat.compact()
    expect(() => chat.compact()).toThrow(expect.objectContaining({ code: 'nothing-to-compact' }))
    await goesOn(chat)
  })

  it.each([
    ['is refused before any output', refuse({ category: 'bio' }), 'refused'],
    ['is refused in the middle of the summary', refuse({ at: { afterDeltas: 1 } }, [text('They ', 'said')]), 'refused'],
    ['has an empty reply', reply([]), 'failed'],
    ['has a blank reply', reply(' '), 'failed'],
    ['fails', httpError(403), 'failed'],
    ['is invalid', httpError(400), 'failed'],
  ] as const)(
    'leaves the conversation unchanged and fails when each kind of compaction %s',
    async (_, step, status) => {
      const { chat, next, goesOn } = await conversing([reply('Hello.'), reply('Two.')], { whenBusy: 'queue' })
      for (const message of ['Hello', 'Count']) await chat.sendMessage(message)
      const { history, messages } = chat
      next(step, step)
      const outcome = await chat.compact()
      expect([outcome.status, outcome.error?.code]).toEqual([status, 'compaction-failed'])
      if (status === 'refused') expect(outcome.refusal).toMatchObject({ compaction: true })
      expect(chat.error?.code).toBe('compaction-failed')
      expect(chat.history).toEqual(history)
      expect(chat.messages).toEqual(messages)
      await goesOn(chat, 'They ')
    },
  )

  it('falls back to words, then to a fallback model, and the conversation keeps its own', async () => {
    const { chat, next, sim, asked, goesOn } = await conversing([reply('Hello.')], {
      onRefusal: [{ fallback: [{ model: 'claude-opus-5' }] }, 'clear'],
      retry: { models: ['claude-opus-4-8'], maxAttempts: 1, baseDelay: 1 },
    })
    await chat.sendMessage('Hello')
    next(refuse(), httpError(529), reply([]), reply('They said hello.'))
    const told: unknown[] = []
    const compacting = chat.compact()
    for await (const event of compacting)
      if (event.type === 'turn.continued') told.push(event.error?.code)
      else if (event.type === 'turn.refused') told.push(event.compaction)
    expect(await compacting).toMatchObject({ status: 'completed', refusals: [{ compaction: true }] })
    expect(sim.requests.slice(1).map(({ body }) => body?.['model'])).toEqual([
      'claude-opus-5-5',
      'claude-opus-5-5',
      'claude-opus-5',
      'claude-opus-4-8',
    ])
    expect(told).toEqual([true, 'compaction-failed', 'compaction-failed'])
    expect(chat.model).toBe('claude-opus-5-5')
    await goesOn(chat)
    expect(asked(-1)[0]).toContain('They said hello.')
  })

  it('is undone when the API rejects its block: the turns that it replaced are sent again', async () => {
    const { chat, next, asked, sim, goesOn } = await conversing([reply('Hello.')])
    await chat.sendMessage('Hello')
    await chat.compact()
    next(httpError(400, { details: { error_code: 'compaction_signature_invalid' } }))
    expect((await chat.sendMessage('More')).status).toBe('completed')
    expect(asked(-1)).toEqual(['Hello', 'Hello.', 'More'])
    expect(sim.requests.at(-1)?.betas).toEqual([])
    await goesOn(chat)
    expect((await chat.compact()).status).toBe('completed')
    await goesOn(chat)
  })

  it('withdraws no turn when it is refused repeatedly, and the ladder of policies restarts', async () => {
    const { chat, next, goesOn } = await conversing([reply('Hello.'), ...Array.from({ length: 6 }, () => refuse())], {})
    await chat.sendMessage('Hello')
    const { history } = chat
    for (let times = 0; times < 3; times++) expect((await chat.compact()).status).toBe('refused')
    expect(chat.history).toEqual(history)
    next(refuse())
    expect((await chat.sendMessage('a bad thing')).refusal?.policy).toBe('drop-turn')
    expect(chat.history).toEqual(history)
    await goesOn(chat, 'a bad thing')
  })
})

describe('after a compaction', () => {
  it('clear() removes the block, and with it the beta header', async () => {
    const { chat, sim, body, goesOn } = await conversing([])
    await chat.sendMessage('Hello')
    await chat.compact()
    await chat.sendMessage('More')
    chat.clear()
    expect(chat.history).toEqual([])
    await goesOn(chat)
    expect([body(-1).messages.length, sim.requests.at(-1)?.betas]).toEqual([1, []])
  })

  it('a refusal drops its turn and keeps the block', async () => {
    const { chat, next, sent, goesOn } = await conversing([])
    await chat.sendMessage('Hello')
    await chat.compact()
    next(refuse({ at: 'after' }, 'never mind'))
    expect((await chat.sendMessage('a bad thing')).status).toBe('refused')
    await goesOn(chat, 'a bad thing', 'never mind')
    expect(sent(-1, 'compaction')).toHaveLength(1)
  })

  it.each([
    [1, ['compaction', 'And now?']],
    [2, ['Hello', 'One.', 'And now?']],
    [3, ['And now?']],
  ])(
    'a rewind by %i counts user turns and can go back past the block to the turns that it replaced',
    async (rewind, expected) => {
      const { chat, next, asked, goesOn } = await conversing([reply('One.'), reply('Two.')], { onRefusal: { rewind } })
      for (const message of ['Hello', 'Count']) await chat.sendMessage(message)
      next(compact('They counted.'), reply('Three.'), refuse())
      await chat.compact()
      await chat.sendMessage('More')
      expect((await chat.sendMessage('a bad thing')).status).toBe('refused')
      await goesOn(chat, 'a bad thing')
      expect(asked(-1)).toEqual(expected)
    },
  )

  it('an earlier turn can be regenerated with the history before it', async () => {
    const { chat, asked, goesOn } = await conversing([reply('One.'), reply('Two.')])
    for (const message of ['Hello', 'Count']) await chat.sendMessage(message)
    const turnId = chat.messages[2]?.turnId
    await chat.compact()
    await chat.sendMessage('More')
    await chat.regenerate(turnId)
    expect(asked(-1)).toEqual(['Hello', 'One.', 'Count'])
    await goesOn(chat)
  })

  it('a fork keeps the block', async () => {
    const { chat, follow, sent, goesOn } = await conversing([])
    await chat.sendMessage('Hello')
    await chat.compact()
    const fork = follow(chat.fork())
    await goesOn(fork)
    expect(sent(-1, 'compaction')).toHaveLength(1)
    await goesOn(chat)
  })
})

describe('a compaction that the API made on its own', () => {
  it('stays in its place, and the conversation continues', async () => {
    const { chat, sent, goesOn } = await conversing([
      reply('One.'),
      reply([compaction('They said one.'), text('Two.')]),
    ])
    for (const message of ['a', 'b']) await chat.sendMessage(message)
    await goesOn(chat)
    expect(sent(-1, 'compaction')).toHaveLength(1)
  })

  it('is sent back when the API paused after it, and the reply continues', async () => {
    const { chat, sim, goesOn } = await conversing([
      reply('One.'),
      reply([compaction('They said one.')], { stopReason: 'compaction' }),
      reply('Two.'),
    ])
    await chat.sendMessage('a')
    expect(await chat.sendMessage('b')).toMatchObject({ status: 'completed', text: 'Two.' })
    expect(sim.requests).toHaveLength(3)
    await goesOn(chat)
  })

  it('is dropped with a refused reply', async () => {
    const { chat, sent, sim, goesOn } = await conversing([
      reply('One.'),
      refuse({ at: 'after' }, [compaction('They said one.'), text('Two.')]),
    ])
    await chat.sendMessage('a')
    expect((await chat.sendMessage('a bad thing')).status).toBe('refused')
    await goesOn(chat, 'a bad thing', 'Two.', 'They said one.')
    expect([sent(-1, 'compaction'), sim.requests.at(-1)?.betas]).toEqual([[], []])
  })
})
