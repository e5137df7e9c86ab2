import { afterEach, describe, expect, it } from 'vitest'
import { codeExecutionResult, reply, serverToolUse, text } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'

afterEach(endAll)

const container = { id: 'container_1', expires_at: '2027-01-01T00:00:00Z' }
const inContainer = () => reply([text('Done')], { container })

describe('the container of a conversation', () => {
  it.each<readonly [string, Readonly<Record<string, unknown>>]>([
    ['code execution', { tools: [{ type: 'code_execution_20250825', name: 'code_execution' }] }],
    ['a web search with code filtering', { tools: [{ type: 'web_search_20260209', name: 'web_search' }] }],
    [
      'a tool that code may call',
      { tools: [{ name: 'f', input_schema: { type: 'object' }, allowed_callers: ['code_execution_20260120'] }] },
    ],
  ])('is sent when the request has %s', async (_, request) => {
    const { chat, body } = await conversing([inContainer()], { request: request as never })
    await chat.sendMessage('Run it')
    await chat.sendMessage('Again')
    expect(body(-1)['container']).toBe('container_1')
  })

  it.each<readonly [string, Readonly<Record<string, unknown>>]>([
    ['no tools', {}],
    [
      'tools that run elsewhere',
      {
        tools: [
          { name: 'f', input_schema: { type: 'object' } },
          { type: 'web_search_20250305', name: 'web_search' },
        ],
      },
    ],
  ])('is not sent when the request has %s', async (_, request) => {
    const { chat, body } = await conversing([inContainer()], { request: request as never })
    await chat.sendMessage('Run it')
    await chat.sendMessage('Again')
    expect(body(-1)).not.toHaveProperty('container')
  })

  it('is sent when results from it are sent back, whatever the current tools', async () => {
    const ran = [serverToolUse('code_execution', { code: '1 + 1' }), codeExecutionResult({ stdout: '2' }), text('Done')]
    const replies = [reply(ran, { container })]
    const tools = [{ type: 'code_execution_20250825', name: 'code_execution' }]
    const { chat, body } = await conversing(replies, { request: { tools } as never })
    await chat.sendMessage('Run it')
    chat.setTools([])
    await chat.sendMessage('Again')
    expect(body(-1)['container']).toBe('container_1')
  })

  it('is sent together with the skills that the app asks for', async () => {
    const skills = [{ type: 'anthropic' as const, skill_id: 'pptx' }]
    const { chat, body } = await conversing([inContainer()], { request: { container: { skills } } })
    await chat.sendMessage('Run it')
    expect(body(-1)['container']).toEqual({ skills })
    await chat.sendMessage('Again')
    expect(body(-1)['container']).toEqual({ skills, id: 'container_1' })
  })
})
