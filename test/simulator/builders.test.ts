import { describe, expect, it } from 'vitest'
import {
  cited,
  codeExecutionResult,
  fallbackBlock,
  redactedThinking,
  reply,
  type ScriptedBlock,
  serverToolUse,
  startSimulator,
  webSearchResult,
} from '../../src/testing/index.ts'
import { ask, deltasOf, errorOf, request, send, simulate, stream } from './http.ts'

const contentOf = async (...blocks: readonly ScriptedBlock[]) =>
  (await ask(await simulate({ script: [reply(blocks)] }), request())).content

describe('the builders of blocks', () => {
  it('make a web search and its result', async () => {
    expect(
      await contentOf(
        serverToolUse('web_search', { query: 'sky' }),
        webSearchResult([{ url: 'https://example.com', title: 'Sky', age: '1 day' }, { url: 'https://example.org' }]),
      ),
    ).toEqual([
      {
        type: 'server_tool_use',
        id: 'srvtoolu_01Simulated000000000001',
        name: 'web_search',
        input: { query: 'sky' },
      },
      {
        type: 'web_search_tool_result',
        tool_use_id: 'srvtoolu_01Simulated000000000001',
        content: [
          expect.objectContaining({ type: 'web_search_result', title: 'Sky', page_age: '1 day' }),
          expect.objectContaining({ url: 'https://example.org', title: 'https://example.org', page_age: null }),
        ],
      },
    ])
  })

  it('make code execution and its result', async () => {
    const [, ran, failed] = await contentOf(
      serverToolUse('code_execution', { code: '1' }, 'srvtoolu_a'),
      codeExecutionResult({ stdout: '1\n', fileIds: ['file_1'] }),
      codeExecutionResult('execution_time_exceeded', 'srvtoolu_b'),
    )
    expect(ran).toEqual({
      type: 'code_execution_tool_result',
      tool_use_id: 'srvtoolu_a',
      content: {
        type: 'code_execution_result',
        stdout: '1\n',
        stderr: '',
        return_code: 0,
        content: [{ type: 'code_execution_output', file_id: 'file_1' }],
      },
    })
    expect(failed).toMatchObject({
      tool_use_id: 'srvtoolu_b',
      content: { type: 'code_execution_tool_result_error', error_code: 'execution_time_exceeded' },
    })
  })

  it('match results to calls in their order', async () => {
    const content = await contentOf(
      serverToolUse('web_search'),
      serverToolUse('code_execution'),
      webSearchResult([]),
      codeExecutionResult({}),
    )
    expect(content.slice(2).map((block) => block['tool_use_id'])).toEqual(content.slice(0, 2).map(({ id }) => id))
  })

  it('send the input of a server tool in fragments, and its result whole', async () => {
    const blocks = [serverToolUse('web_search', { query: 'a' }), webSearchResult([])]
    const events = await stream(await simulate({ script: [reply(blocks)] }))
    expect(deltasOf(events).map((delta) => delta['partial_json'])).toEqual(['', '{"query":"a"', '}'])
    expect(events.filter(({ type }) => type === 'content_block_start')).toHaveLength(2)
  })

  it('make citations, redacted thinking and fallback blocks', async () => {
    const citation = { type: 'web_search_result_location', url: 'https://example.com', cited_text: 'x' }
    expect(await contentOf(redactedThinking(), fallbackBlock('a', 'b', 'bio'), cited('Blue.', citation))).toEqual([
      { type: 'redacted_thinking', data: expect.any(String) },
      { type: 'fallback', from: { model: 'a' }, to: { model: 'b' }, trigger: { type: 'refusal', category: 'bio' } },
      { type: 'text', text: 'Blue.', citations: [citation] },
    ])
  })
})

describe('a scripted result of a server tool', () => {
  it('is an error without a call that it answers', async () => {
    const simulator = await simulate({ script: [reply([webSearchResult([])])] })
    const error = await errorOf(await send(simulator, request()))
    expect(error.error.message).toContain('content[0] is a server tool result without a call: neither the reply nor')
    await expect(simulator.close()).rejects.toMatchObject({ code: 'script-invalid' })
  })

  it.each<[string, object, string]>([
    ['an unknown type', { type: 'server_tool_result', block: 'x', content: [] }, 'content[0].block must be one of'],
    ['no content', { type: 'server_tool_result', block: 'web_search_tool_result' }, 'content[0].content is missing'],
    ['an empty compaction', { type: 'compaction', content: '' }, 'content[0].content must be a string that'],
    [
      'a signed compaction with encryptedContent',
      { type: 'compaction', content: 'x', signed: true, encryptedContent: 'y' },
      "content[0].encryptedContent can't be given for a signed compaction",
    ],
  ])('is rejected at the start: %s', async (_, block, message) => {
    await expect(startSimulator({ script: [reply([block as ScriptedBlock])] })).rejects.toMatchObject({
      code: 'script-invalid',
      message: expect.stringContaining(message),
    })
  })
})
