import { describe, expect, it } from 'vitest'
import { buildRequest } from '../../src/index.ts'
import type { Fact } from '../../src/index.ts'
import { containerOf, forkFacts } from '../../src/journal/index.ts'
import { problemsOf } from '../journal/sendable.ts'
import { called, completed, created, opened, replied, setAside, turns, viewOf } from './fixtures.ts'

const target = { model: 'm1', promptHash: 'p' }
const built = (...facts: readonly (Fact | readonly Fact[])[]) => buildRequest(viewOf(...facts), target)

const withTools: readonly Fact[] = [
  created,
  opened('t1', null, [
    { type: 'text', text: 'See?' },
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } },
  ]),
  ...called('t1', 'k1', 'pay'),
  replied('t1', 'It is paid.'),
  completed('t1'),
]

describe('a part that is set aside', () => {
  it('is replaced by one short line that quotes nothing', () => {
    const { messages, left } = built(turns(2), setAside('t2', 'turn:t1'))
    expect(messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: '[A message and its answer are left out here, because they could not be sent.]' },
          { type: 'text', text: 'ask t2' },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 're t2' }] },
    ])
    expect(left).toEqual([{ turnId: 't1', what: 'turn', why: 'the API rejected it' }])
  })

  it('leaves a line that names the tools that ran, so that they are not called again', () => {
    const { messages } = built(withTools, setAside('t1', 'turn:t1'))
    expect(JSON.stringify(messages)).toContain('Tools that ran in it, and need not run again: pay.')
    expect(JSON.stringify(messages)).not.toMatch(/See|paid|from pay/)
  })

  it('leaves a line that does not name a tool that was called and never ran', () => {
    const imagined: readonly Fact[] = called('t1', 'k1', 'leap').flatMap((fact): readonly Fact[] => {
      if (fact.type === 'call.started') return []
      if (fact.type !== 'toolResults.recorded') return [fact]
      return [{ ...fact, results: [{ type: 'tool_result', tool_use_id: 'k1', is_error: true, content: 'no' }] }]
    })
    const { messages } = built(
      created,
      opened('t1', null, 'x'),
      imagined,
      replied('t1'),
      completed('t1'),
      setAside('t1', 'turn:t1'),
    )
    expect(JSON.stringify(messages)).not.toContain('leap')
  })

  it('can be only the file of a message, which a line names', () => {
    const { messages } = built(withTools, setAside('t1', 'media:t1'))
    expect(messages[0]?.content).toEqual([
      { type: 'text', text: 'See?' },
      { type: 'text', text: '[An image stood here, and could not be sent.]' },
    ])
  })

  it('can be only the results of tools: the calls stay, and the model learns that they ran', () => {
    const { messages } = built(withTools, setAside('t1', 'results:t1/2'))
    expect(messages[2]?.content).toMatchObject([
      { type: 'tool_result', tool_use_id: 'k1', is_error: true, content: expect.stringContaining('The tool ran') },
    ])
  })

  it('can be calls with their results: a line of the user replaces them', () => {
    const { messages } = built(withTools, setAside('t1', 'calls:t1/2'))
    expect(JSON.stringify(messages)).not.toMatch(/tool_use|tool_result/)
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant'])
    expect(JSON.stringify(messages[0])).toContain('need not run again: pay')
  })

  it('can be the first steps of a turn: the later steps are still sent', () => {
    const { messages } = built(
      created,
      opened('t1', null, 'x'),
      called('t1', 'k1', 'pay'),
      setAside('t1', 'steps:t1/2'),
      called('t1', 'k2', 'look'),
    )
    expect(JSON.stringify(messages)).not.toContain('"k1"')
    expect(JSON.stringify(messages)).toContain('"k2"')
    expect(JSON.stringify(messages)).toContain('need not run again: pay.')
  })

  it('can be the id of a container that the API no longer has', () => {
    const boxed: readonly Fact[] = [
      created,
      opened('t1', null, 'x'),
      { ...replied('t1'), container: 'box' },
      completed('t1'),
    ]
    expect(containerOf(viewOf(boxed))).toBe('box')
    expect(containerOf(viewOf(boxed, setAside('t1', 'container:box')))).toBeNull()
  })

  it.each(['turn:t1', 'media:t1', 'calls:t1/2', 'results:t1/2'] as const)(
    'leaves a request that can be sent: %s',
    (part) => {
      expect(problemsOf(built(withTools, setAside('t1', part), opened('t2', 't1', 'y')).messages)).toEqual([])
    },
  )

  it('is set aside in a fork too', () => {
    const view = viewOf(turns(3), setAside('t3', 'turn:t2'))
    const fork = viewOf(created, forkFacts(view, 't3', 'm1'))
    expect(fork.rejections.setAside).toEqual(['turn:t2'])
    expect(viewOf(created, forkFacts(view, 't1', 'm1')).rejections.setAside).toEqual([])
  })
})
