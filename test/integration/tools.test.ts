import { afterEach, describe, expect, it } from 'vitest'
import {
  cited,
  codeExecutionResult,
  pause,
  redactedThinking,
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

const result = (id: string, content: string) => ({ type: 'tool_result', tool_use_id: id, content })

describe('a reply that calls tools', () => {
  it('runs them concurrently and gets their results first, in the order of the calls', async () => {
    let waiting: (() => void)[] = []
    const bothRun = new Promise<void>((resolve) => {
      waiting = [() => {}, resolve]
    })
    const { weather, cities } = weatherTool(async (city) => {
      waiting.shift()?.()
      await bothRun
      return `${city}: sunny`
    })
    const { chat, sim, body, goesOn } = await conversing(
      [
        reply([
          text('Let me look.'),
          toolUse('weather', { city: 'Rome' }, 'toolu_1'),
          toolUse('weather', { city: 'Oslo' }, 'toolu_2'),
        ]),
        reply([text('Both are sunny.')]),
      ],
      { tools: [weather] },
    )
    expect(await chat.sendMessage('Rome and Oslo?')).toMatchObject({
      status: 'completed',
      text: 'Both are sunny.',
      finishReason: 'stop',
      attempts: [{ attempt: 1 }, { attempt: 2 }],
    })
    expect(cities).toEqual(['Rome', 'Oslo'])
    expect(body(1).messages.at(-1)).toEqual({
      role: 'user',
      content: [result('toolu_1', 'Rome: sunny'), result('toolu_2', 'Oslo: sunny')],
    })
    await goesOn(chat)
    expect(sim.requests).toHaveLength(3)
  })

  it('gets errors for an unknown tool and for input that does not match', async () => {
    const { weather, cities } = weatherTool()
    const { chat, sent, goesOn } = await conversing(
      [
        reply([toolUse('weather', { town: 'Rome' }, 'toolu_1'), toolUse('wether', { city: 'Rome' }, 'toolu_2')]),
        reply([{ type: 'tool_use', name: 'weather', json: '{"city": Rome}', id: 'toolu_3' }]),
        reply([text('I give up.')]),
      ],
      { tools: [weather] },
    )
    expect((await chat.sendMessage('Rome?')).text).toBe('I give up.')
    expect(cities).toEqual([])
    expect(sent(-1, 'tool_result')).toMatchObject([
      { tool_use_id: 'toolu_1', is_error: true },
      { tool_use_id: 'toolu_2', is_error: true },
      { tool_use_id: 'toolu_3', is_error: true },
    ])
    await goesOn(chat)
  })

  it('may send its input in 2,000 fragments', async () => {
    const { weather, cities } = weatherTool(() => 'sunny')
    const city = 'Llan'.repeat(500)
    const { chat, goesOn } = await conversing(
      [reply([{ type: 'tool_use', name: 'weather', input: { city }, fragment: 1 }]), reply([text('Sunny.')])],
      { tools: [weather] },
    )
    let fragments = 0
    chat.on('delta', ({ kind }) => void (fragments += kind === 'toolInput' ? 1 : 0))
    expect((await chat.sendMessage('There?')).status).toBe('completed')
    expect(fragments).toBeGreaterThanOrEqual(2_000)
    expect(cities).toEqual([city])
    await goesOn(chat)
  })

  it('runs none of them when it is cut by max_tokens', async () => {
    const { weather, cities } = weatherTool()
    const { chat, goesOn } = await conversing(
      [
        reply([text('Let me look.'), { type: 'tool_use', name: 'weather', json: '{"city": "Ro' }], {
          stopReason: 'max_tokens',
        }),
      ],
      { tools: [weather] },
    )
    expect(await chat.sendMessage('Rome?')).toMatchObject({ status: 'completed', truncated: true })
    expect(cities).toEqual([])
    await goesOn(chat)
  })

  it('without end fails after maxSteps', async () => {
    const { weather, cities } = weatherTool()
    const { chat, goesOn } = await conversing(
      ['Rome', 'Oslo', 'Bern'].map((city) => reply([toolUse('weather', { city })])),
      { tools: [weather], maxSteps: 3 },
    )
    expect((await chat.sendMessage('Everywhere?')).error?.code).toBe('max-steps-reached')
    expect(cities).toEqual(['Rome', 'Oslo'])
    await goesOn(chat)
  })
})

describe('server tools', () => {
  it('are sent back unchanged, in their container, after a pause, and the reply continues', async () => {
    const { chat, sim, body, sent, goesOn } = await conversing(
      [
        pause([text('Computing. '), serverToolUse('code_execution', { code: '6 * 7' }, 'srvtoolu_1')], {
          container: { id: 'container_1', expires_at: '2027-01-01T00:00:00Z' },
        }),
        reply([codeExecutionResult({ stdout: '42' }), text('It is 42.')]),
      ],
      { tools: [codeExecution] },
    )
    expect(await chat.sendMessage('Compute.')).toMatchObject({ status: 'completed', text: 'Computing. It is 42.' })
    expect(body(1)['container']).toBe('container_1')
    expect(body(1)['tools']).toEqual(body(0)['tools'])
    expect(body(1).messages.at(-1)?.role).toBe('assistant')
    await goesOn(chat)
    expect(body(-1)['container']).toBe('container_1')
    expect(sent(-1, 'server_tool_use', 'code_execution_tool_result')).toHaveLength(2)
    expect(sim.requests).toHaveLength(3)
  })

  it('fail the turn after maxSteps when they pause endlessly, and leave no unresolved call', async () => {
    const { chat, goesOn, sent } = await conversing(
      [
        pause([text('Searching.'), serverToolUse('web_search', { query: 'a' })]),
        pause([webSearchResult([{ url: 'https://a.example' }]), serverToolUse('web_search', { query: 'b' })]),
      ],
      { tools: [webSearch], maxSteps: 2 },
    )
    expect((await chat.sendMessage('Search.')).error?.code).toBe('max-steps-reached')
    await goesOn(chat)
    expect(sent(-1, 'server_tool_use')).toHaveLength(1)
  })

  it('without results yet require a message with tool results only', async () => {
    const { weather } = weatherTool()
    const { chat, body, sent, goesOn } = await conversing(
      [
        reply([
          text('Both at once.'),
          serverToolUse('web_search', { query: 'Rome' }, 'srvtoolu_1'),
          toolUse('weather', { city: 'Rome' }, 'toolu_1'),
        ]),
        reply([webSearchResult([{ url: 'https://rome.example' }], 'srvtoolu_1'), text('Sunny, they say.')]),
      ],
      { tools: [weather, webSearch] },
    )
    expect((await chat.sendMessage('Rome?')).status).toBe('completed')
    expect(body(1).messages.at(-1)).toEqual({ role: 'user', content: [result('toolu_1', 'Rome: sunny')] })
    expect(body(1)['tools']).toEqual(body(0)['tools'])
    await goesOn(chat)
    expect(sent(-1, 'tool_use')).toHaveLength(1)
  })

  it('and their citations are sent back unchanged in the next request', async () => {
    const citation = {
      type: 'web_search_result_location',
      url: 'https://sky.example',
      title: 'The sky',
      encrypted_index: 'aW5kZXg=',
      cited_text: 'blue',
    }
    const { chat, sent, goesOn } = await conversing(
      [
        reply([
          serverToolUse('web_search', { query: 'sky' }, 'srvtoolu_1'),
          webSearchResult([{ url: 'https://sky.example' }]),
          cited('The sky is blue.', citation, { ...citation, cited_text: 'really' }),
        ]),
      ],
      { tools: [webSearch] },
    )
    await chat.sendMessage('The sky?')
    await goesOn(chat)
    expect(sent(-1, 'text')).toContainEqual({
      type: 'text',
      text: 'The sky is blue.',
      citations: [citation, { ...citation, cited_text: 'really' }],
    })
    expect(sent(-1, 'server_tool_use', 'web_search_tool_result').map(({ type }) => type)).toEqual([
      'server_tool_use',
      'web_search_tool_result',
    ])
  })
})

describe('thinking between tool calls', () => {
  it.each([
    ['as text', thinking('Where is ', 'that?'), thinking('Sunny. ', 'And the other?')],
    ['redacted', redactedThinking('b25l'), redactedThinking('dHdv')],
    ['omitted', { ...thinking('Where?'), omitted: true }, { ...thinking('And the other?'), omitted: true }],
    ['of every kind', thinking('Where?'), redactedThinking('dHdv')],
  ])('%s is sent back unmodified with each result', async (_, first, second) => {
    const { weather } = weatherTool()
    const { chat, sent, goesOn } = await conversing(
      [
        reply([first, toolUse('weather', { city: 'Rome' })]),
        reply([second, text('Sunny.'), toolUse('weather', { city: 'Oslo' })]),
        reply([text('Both.')]),
      ],
      { tools: [weather] },
    )
    expect((await chat.sendMessage('Rome and Oslo?')).text).toBe('Both.')
    const thoughts = (nth: number) => sent(nth, 'thinking', 'redacted_thinking')
    expect(thoughts(1)).toMatchObject([{ type: first.type }])
    expect(thoughts(2)).toMatchObject([{ type: first.type }, { type: second.type }])
    expect(thoughts(2)[0]).toEqual(thoughts(1)[0])
    await goesOn(chat)
    expect(thoughts(-1)).toEqual(thoughts(2))
  })

  it('keeps its place between text and calls in one reply', async () => {
    const { weather } = weatherTool()
    const { chat, body, goesOn } = await conversing(
      [
        reply([
          thinking('One.'),
          text('First. '),
          redactedThinking(),
          thinking('Two.'),
          text('Second.'),
          toolUse('weather', { city: 'Rome' }),
          toolUse('weather', { city: 'Oslo' }),
        ]),
        reply([text('Both.')]),
      ],
      { tools: [weather] },
    )
    expect((await chat.sendMessage('Rome and Oslo?')).status).toBe('completed')
    const content = body(1).messages.at(-2)?.content
    expect(Array.isArray(content) && content.map(({ type }) => type)).toEqual([
      'thinking',
      'text',
      'redacted_thinking',
      'thinking',
      'text',
      'tool_use',
      'tool_use',
    ])
    await goesOn(chat)
  })
})
