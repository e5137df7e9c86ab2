import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Block, buildRequest, type Fact, toBlocks } from '../../src/journal/index.ts'
import {
  answered,
  assistant,
  call,
  completed,
  created,
  found,
  opened,
  replied,
  requestFor,
  result,
  search,
  settled,
  steppedThrough,
  target,
  text,
  thinking,
  user,
} from './fixtures.ts'
import { accepted, useJudge } from './judge.ts'
import { runs } from '../runs.ts'

useJudge()

const begin = [created, opened('a', null)]
const round = (made: Block, answer = result(String(made['id'])), ...more: readonly Fact[]): readonly Fact[] => [
  ...begin,
  replied('a', [made]),
  answered('a', answer),
  ...more,
]
const blocksOf = (facts: readonly Fact[]) => requestFor(facts).messages.flatMap(({ content }) => [...toBlocks(content)])
const sentCall = (facts: readonly Fact[]) => blocksOf(facts).find(({ type }) => type === 'tool_use')
const sentResult = (facts: readonly Fact[]) => blocksOf(facts).find(({ type }) => type === 'tool_result')

const apiName = /^[a-zA-Z0-9_-]{1,128}$/
const apiId = /^[a-zA-Z0-9_-]{1,64}$/
const odd = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', ' ', 'a b', 'é', '😀', 'a\ud83d', 'x'.repeat(500)),
)

describe('H8 a tool name that the API rejects', () => {
  it.each(['files.read', '$READ', 'lire_été', '', 'a'.repeat(129), 'rm -rf /\n', 'a\ud83d'])(
    'is replaced: %j',
    async (name) => {
      const facts = round(call('t1', { name }))
      await accepted(facts)
      expect(sentCall(facts)?.['name']).toMatch(apiName)
    },
  )

  it('is replaced in a settled turn by the same name', async () => {
    const open = round(call('t1', { name: 'files.read' }))
    const over = [...open, replied('a', [text('So.')]), settled('a'), ...completed('b', 'a')]
    await accepted(over)
    expect(sentCall(over)).toEqual(sentCall(open))
  })

  it('is never replaced by a name that a tool of the app may have', () => {
    const names = ['files.read', 'files-read', 'files read', 'files/read', 'files_read'].map(
      (name) => sentCall(round(call('t1', { name })))?.['name'],
    )
    expect(new Set(names).size).toBe(5)
    expect(names.at(-1)).toBe('files_read')
  })

  it('is replaced, while a valid name stays unchanged', () => {
    const name = `${'a'.repeat(60)}-_09`
    expect(sentCall(round(call('t1', { name })))).toEqual(call('t1', { name }))
  })
})

describe('H8 a call id that the API rejects', () => {
  it.each(['call_1|fc_2', 'functions.Bash:0', '', 'ä', 'x'.repeat(300)])(
    'is replaced in the call and in its result: %j',
    async (id) => {
      const facts = round(call(id))
      await accepted(facts)
      expect(sentCall(facts)?.['id']).toMatch(apiId)
      expect(sentResult(facts)).toEqual({ ...result(id), tool_use_id: sentCall(facts)?.['id'] })
    },
  )

  it('is replaced when the call has no result or is cut', async () => {
    const facts = [...begin, replied('a', [call('a|b')], { stopReason: 'max_tokens' }), settled('a')]
    await accepted(facts)
    expect(sentResult(facts)).toMatchObject({ tool_use_id: sentCall(facts)?.['id'], is_error: true })
  })

  it('is created for a call without one', async () => {
    const { id: _, ...bare } = call('t1')
    const facts = [...begin, replied('a', [{ ...bare, type: 'tool_use' }]), settled('a')]
    await accepted(facts)
    expect(sentCall(facts)?.['id']).toMatch(apiId)
  })

  it('is replaced so that every call keeps its own result', async () => {
    const ids = ['a|b', 'a/b', 'a_b', 'a|b']
    const facts = [
      ...begin,
      replied(
        'a',
        ids.map((id) => call(id)),
      ),
      answered('a', ...ids.map((id, index) => result(id, { content: `${index}` }))),
    ]
    const { messages } = await accepted(facts)
    const [calls = [], results = []] = messages.slice(-2).map(({ content }) => toBlocks(content))
    expect(new Set(calls.map(({ id }) => id)).size).toBe(4)
    expect(results.map(({ tool_use_id: id }) => id)).toEqual(calls.map(({ id }) => id))
    expect(results.map(({ content }) => content)).toEqual(['0', '1', '2', '3'])
  })

  it('is replaced by one of valid length, however often it is repeated', () => {
    const id = 'x'.repeat(64)
    const facts = Array.from({ length: 12 }, (_, turn) => turn).flatMap((turn) => [
      opened(`n${turn}`, turn === 0 ? null : `n${turn - 1}`),
      replied(`n${turn}`, [call(id)]),
      answered(`n${turn}`, result(id)),
      settled(`n${turn}`, 'stopped'),
    ])
    const ids = blocksOf([created, ...facts]).flatMap((block) => block['id'] ?? [])
    expect(new Set(ids).size).toBe(12)
    for (const each of ids) expect(each).toMatch(apiId)
  })

  it('of a server tool is replaced in its own format, in the use and in the result', async () => {
    const use = { ...search('x'), id: 'ws-1' }
    const answer = { ...found('x'), tool_use_id: 'ws-1' }
    const facts = [...begin, replied('a', [use, answer, text('So.')]), settled('a')]
    await accepted(facts)
    const [sent, ...rest] = blocksOf(facts).slice(1)
    expect(sent?.['id']).toMatch(/^srvtoolu_[a-zA-Z0-9_]{1,55}$/)
    expect(rest).toEqual([{ ...answer, tool_use_id: sent?.['id'] }, text('So.')])
  })

  it('of an MCP tool is replaced, and the server’s name for the tool stays', () => {
    const use = { type: 'mcp_tool_use', id: 'm:1', name: 'wiki.read', server_name: 'wiki', input: {} }
    const answer = { type: 'mcp_tool_result', tool_use_id: 'm:1', content: [] }
    const [sent, gave] = blocksOf([...begin, replied('a', [use, answer]), settled('a')]).slice(1)
    expect(sent).toEqual({ ...use, id: sent?.['id'] })
    expect(sent?.['id']).toMatch(apiId)
    expect(gave?.['tool_use_id']).toBe(sent?.['id'])
  })

  it('of a server tool is replaced when another turn repeats it', async () => {
    const turn = (id: string, parent: string | null) => completed(id, parent, [search('s1'), found('s1'), text('So.')])
    const { messages } = await accepted([created, ...turn('a', null), ...turn('b', 'a')])
    expect(messages[3]).toEqual(assistant(search('s1_2'), found('s1_2'), text('So.')))
  })

  it('leads to valid and reproducible requests', async () => {
    const goesOn = fc.asyncProperty(
      fc.array(fc.record({ id: odd, name: odd }), { minLength: 1, maxLength: 4 }),
      async (calls) => {
        const facts = [
          ...begin,
          replied(
            'a',
            calls.map(({ id, name }) => call(id, { name })),
          ),
          answered('a', ...calls.map(({ id }) => result(id))),
        ]
        const { messages } = await accepted(facts)
        expect(requestFor(JSON.parse(JSON.stringify(facts))).messages).toEqual(messages)
      },
    )
    await fc.assert(goesOn, { numRuns: runs(20) })
  })
})

describe('H4 thinking after a call that is sent under another name or id', () => {
  it('is removed, because it was bound to the original call', async () => {
    const facts = [
      ...begin,
      replied('a', [thinking('Before'), call('t1', { name: 'a.b' }), thinking('After'), text('So.')], {
        stopReason: 'tool_use',
      }),
      answered('a', result('t1')),
    ]
    const { messages, left } = await accepted(facts)
    expect(toBlocks(messages[1]?.content ?? '').map(({ type }) => type)).toEqual(['thinking', 'tool_use', 'text'])
    expect(left).toMatchObject([{ what: 'thinking' }])
  })

  it('is removed when the id was used before', async () => {
    const turn = (id: string, parent: string | null) => [
      opened(id, parent),
      replied(id, [call('t'), thinking(`After ${id}`), text('So.')], { stopReason: 'tool_use' }),
      answered(id, result('t')),
      settled(id, 'stopped'),
    ]
    const { messages } = await accepted([created, ...turn('a', null), ...turn('b', 'a')])
    expect(JSON.stringify(messages)).toContain('After a')
    expect(JSON.stringify(messages)).not.toContain('After b')
  })
})

describe('H10 the input of a call', () => {
  it.each([
    ['{"q":1}', { q: 1 }],
    ['', {}],
    [undefined, {}],
    [null, {}],
    ['no JSON', { INVALID_JSON: 'no JSON' }],
    ['[1]', { INVALID_JSON: '[1]' }],
    [[1], { INVALID_JSON: '[1]' }],
  ])('is sent as an object: %j', async (input, sent) => {
    const facts = round(call('t1', { input }))
    await accepted(facts)
    expect(sentCall(facts)?.['input']).toEqual(sent)
  })

  it('and its result contain no lone surrogate, whatever their source', async () => {
    const facts = [
      created,
      opened('a', null, { input: [text('Look\ud83d')] }),
      replied('a', [text('I\ude00'), call('t1', { input: { '\ud83d': ['\ud83d'] } })]),
      answered('a', result('t1', { content: [text('cut\ud83d')] })),
    ]
    const { messages } = await accepted(facts)
    expect(messages).toEqual([
      user([text('Look\ufffd')]),
      assistant(text('I\ufffd'), call('t1', { input: { '\ufffd': ['\ufffd'] } })),
      user([result('t1', { content: [text('cut\ufffd')] })]),
    ])
  })

  it('may be nested to any depth without an overflow', () => {
    let deep: object = {}
    for (let level = 0; level < 50_000; level++) deep = { deep }
    const view = steppedThrough(...round(call('t1', { input: deep })))
    const blocks = buildRequest(view, target).messages.flatMap(({ content }) => toBlocks(content))
    expect(blocks.find(({ type }) => type === 'tool_use')?.['input']).toBe(deep)
  })
})
