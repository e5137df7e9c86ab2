import { afterEach, describe, expect, it } from 'vitest'
import {
  codeExecutionResult,
  httpError,
  pause,
  refuse,
  reply,
  serverToolUse,
  text,
  thinking,
  toolUse,
  webSearchResult,
} from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'
import { codeExecution, weatherTool, webSearch } from './weather.ts'

afterEach(endAll)

const second = 'claude-opus-5'

describe('a tool loop', () => {
  it('continues after its next request failed, without running the tools again', async () => {
    const { weather, cities } = weatherTool()
    const { chat, sim, goesOn } = await conversing(
      [
        reply([thinking('Where?'), toolUse('weather', { city: 'Rome' })]),
        httpError(529),
        reply([text('Sun'), text('ny')], { faults: { truncateAfterDeltas: 1 } }),
        reply([thinking('So.'), text('Sunny.')]),
      ],
      { tools: [weather] },
    )
    expect(await chat.sendMessage('Rome?')).toMatchObject({ status: 'completed', text: 'Sunny.' })
    expect(sim.requests[3]?.body?.['messages']).toEqual(sim.requests[1]?.body?.['messages'])
    expect(cities).toEqual(['Rome'])
    await goesOn(chat)
  })

  it('keeps the results of its tools after a failure, and retry() starts it anew', async () => {
    const { weather, cities } = weatherTool()
    const { chat, next, sent, asked, goesOn } = await conversing(
      [reply([thinking('Where?'), text('I look.'), toolUse('weather', { city: 'Rome' })]), httpError(403)],
      { tools: [weather] },
    )
    expect((await chat.sendMessage('Rome?')).status).toBe('failed')
    expect(chat.history).toHaveLength(3)
    next(reply('Sunny, I guess.'))
    expect((await chat.retry()).status).toBe('completed')
    expect(asked(-1)).toEqual(['Rome?'])
    await goesOn(chat)
    expect([sent(-1, 'tool_use'), cities]).toEqual([[], ['Rome']])
  })

  it('can switch to the next of retry.models, which drops the thinking and keeps the results', async () => {
    const { weather, cities } = weatherTool()
    const { chat, sim, sent, goesOn } = await conversing(
      [reply([thinking('Where?'), toolUse('weather', { city: 'Rome' })]), httpError(529), reply('Sunny.')],
      { tools: [weather], retry: { baseDelay: 1, maxAttempts: 1, models: [second] } },
    )
    expect(await chat.sendMessage('Rome?')).toMatchObject({ status: 'completed', model: second })
    expect(sim.requests.map(({ model }) => model)).toEqual(['claude-opus-5-5', 'claude-opus-5-5', second])
    expect([sent(2, 'thinking').length, sent(2, 'tool_result').length, cities]).toEqual([0, 1, ['Rome']])
    await goesOn(chat)
  })

  it('is continued as text after max_tokens cut the input of a call, and that call does not run', async () => {
    const { weather, cities } = weatherTool()
    const { chat, goesOn } = await conversing(
      [
        reply([thinking('Where?'), text('I look.'), { type: 'tool_use', name: 'weather', json: '{"city": "Ro' }], {
          stopReason: 'max_tokens',
        }),
        reply([toolUse('weather', { city: 'Rome' })]),
        reply('Sunny.'),
      ],
      { tools: [weather], onTruncated: 'continue' },
    )
    const outcome = await chat.sendMessage('Rome?')
    expect([outcome.status, outcome.text, cities]).toEqual(['completed', 'I look.Sunny.', ['Rome']])
    await goesOn(chat)
  })

  it('is compacted and continued when the context window cuts a reply with calls', async () => {
    const { weather, cities } = weatherTool()
    const { chat, sent, goesOn } = await conversing(
      [
        reply([thinking('Where?'), text('I look.'), toolUse('weather', { city: 'Rome' })], {
          stopReason: 'model_context_window_exceeded',
        }),
        { default: true },
        reply('Sunny.'),
      ],
      { tools: [weather], onOverflow: 'compact' },
    )
    expect((await chat.sendMessage('Rome?')).status).toBe('completed')
    expect([sent(-1, 'compaction').length, cities]).toEqual([1, []])
    await goesOn(chat)
  })
})

it('removed tools stay in the turns that called them', async () => {
  const { weather } = weatherTool()
  const { chat, sent, goesOn } = await conversing(
    [
      reply([thinking('Where?'), toolUse('weather', { city: 'Rome' })]),
      reply([serverToolUse('web_search', { query: 'Rome' }), webSearchResult([]), text('Sunny.')]),
    ],
    { tools: [weather, webSearch] },
  )
  expect((await chat.sendMessage('Rome?')).status).toBe('completed')
  chat.setTools([])
  await goesOn(chat)
  expect(sent(-1, 'tool_use', 'tool_result', 'thinking').map(({ type }) => type)).toEqual(['tool_use', 'tool_result'])
})

describe('a container', () => {
  const container = { id: 'container_1', expires_at: '2027-01-01T00:00:00Z' }
  const call = serverToolUse('code_execution', { code: '6 * 7' })

  it('of a refused turn is not reused', async () => {
    const { chat, body, goesOn } = await conversing(
      [
        pause([text('Computing.'), call], { container }),
        refuse({ at: { afterDeltas: 1 } }, [codeExecutionResult({ stdout: '42' }), text('bad ', 'words')]),
      ],
      { tools: [codeExecution] },
    )
    expect((await chat.sendMessage('Compute.')).status).toBe('refused')
    expect(body(1)['container']).toBe('container_1')
    await goesOn(chat, 'Compute.', 'Computing.', 'bad ')
    expect(body(-1)).not.toHaveProperty('container')
  })

  it('of a turn stopped during its server tool leaves no unresolved call', async () => {
    const { chat, sent, goesOn } = await conversing(
      [
        pause([text('Computing.'), call], { container }),
        reply([codeExecutionResult({ stdout: '42' }), text('It ', 'is ', '42')], { faults: { stallAfterDeltas: 1 } }),
      ],
      { tools: [codeExecution] },
    )
    const turn = chat.sendMessage('Compute.')
    for await (const event of turn) if (event.type === 'delta' && event.attempt === 2) break
    chat.stop()
    expect(await turn).toMatchObject({ status: 'stopped', text: 'Computing.It ' })
    await goesOn(chat)
    expect(sent(-1, 'server_tool_use').length).toBe(sent(-1, 'code_execution_tool_result').length)
  })
})

it('a turn stopped during a web search of the API leaves no search without a result', async () => {
  const { chat, sent, goesOn } = await conversing(
    [
      reply([text('I ', 'search.'), serverToolUse('web_search', { query: 'frogs' })], {
        faults: { stallAfterDeltas: 4 },
      }),
    ],
    { tools: [webSearch] },
  )
  const turn = chat.sendMessage('Frogs?')
  for await (const event of turn) if (event.type === 'delta' && event.seq === 3) break
  chat.stop()
  expect((await turn).text).toBe('I search.')
  await goesOn(chat)
  expect(sent(-1, 'server_tool_use')).toEqual([])
})
