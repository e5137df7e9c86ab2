// Programmatic tool calling: a program that the model wrote calls tools of the client and continues with their results.
import { describe, expect, it } from 'vitest'
import { type Block, type Fact, toBlocks } from '../../src/journal/index.ts'
import {
  answered,
  assistant,
  call,
  completed,
  created,
  opened,
  replied,
  requestFor,
  result,
  settled,
  text,
  thinking,
  user,
} from './fixtures.ts'

const caller = (id: string) => ({ caller: { type: 'code_execution_20260120', tool_id: id } })
const program = (id: string): Block => ({
  type: 'server_tool_use',
  id,
  name: 'code_execution',
  input: { code: 'look()' },
})
const ran = (id: string): Block => ({
  type: 'code_execution_tool_result',
  tool_use_id: id,
  content: { type: 'code_execution_result' },
})

const running = program('srvtoolu_p')
const byProgram = (id: string) => call(id, caller('srvtoolu_p'))
const loop: readonly Fact[] = [
  created,
  opened('a', null),
  replied('a', [text('I count.'), running, byProgram('t1')]),
  answered('a', result('t1')),
  replied('a', [byProgram('t2')]),
  answered('a', result('t2')),
]

describe('H1 a program that calls tools of the client', () => {
  it('stays in every request until its result, together with the caller of its calls', () => {
    expect(requestFor(loop).messages).toEqual([
      user('Question a'),
      assistant(text('I count.'), running, byProgram('t1')),
      user([result('t1')]),
      assistant(byProgram('t2')),
      user([result('t2')]),
    ])
    expect(requestFor(loop).left).toEqual([])
  })

  it('stays with its result in a settled turn', () => {
    const whole = [...loop, replied('a', [ran('srvtoolu_p'), text('Two.')]), settled('a')]
    const { messages, left } = requestFor([...whole, opened('b', 'a')])
    expect(messages[1]).toEqual(assistant(text('I count.'), running, byProgram('t1')))
    expect(messages[5]).toEqual(assistant(ran('srvtoolu_p'), text('Two.')))
    expect(left).toEqual([])
  })

  it.each(['stopped', 'failed'] as const)(
    'is removed when the turn was %s without a result; its calls stay without a caller',
    (status) => {
      const { messages, left } = requestFor([...loop, settled('a', status), ...completed('b', 'a')])
      expect(messages.slice(0, 4)).toEqual([
        user('Question a'),
        assistant(text('I count.'), call('t1')),
        user([result('t1')]),
        assistant(call('t2')),
      ])
      expect(left).toMatchObject([{ what: 'server-tool' }])
    },
  )

  it('is named by the id under which it is sent', () => {
    const facts = [
      created,
      opened('a', null),
      replied('a', [program('p:1'), call('t1', caller('p:1'))]),
      answered('a', result('t1')),
    ]
    const [use, called] = toBlocks(requestFor(facts).messages[1]?.content ?? '')
    expect(use?.['id']).toMatch(/^srvtoolu_/)
    expect(called?.['caller']).toEqual({ ...caller('p:1').caller, tool_id: use?.['id'] })
  })

  it('may call server tools, whose uses and results name it, too', () => {
    const inner = { type: 'server_tool_use', id: 'srvtoolu_w', name: 'web_search', input: {}, ...caller('srvtoolu_p') }
    const gave = { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_w', content: [], ...caller('srvtoolu_p') }
    const begun = [created, opened('a', null), replied('a', [running, inner, gave, byProgram('t1')])]
    const open = requestFor([...begun, answered('a', result('t1'))])
    expect(open.messages[1]).toEqual(assistant(running, inner, gave, byProgram('t1')))
    const { caller: _, ...bareUse } = inner
    const { caller: __, ...bareResult } = gave
    const over = requestFor([...begun, settled('a', 'stopped')])
    expect(over.messages[1]).toEqual(assistant(bareUse as Block, bareResult as Block, call('t1')))
  })

  it('is removed without a result once a reply followed the results of other calls', () => {
    const facts = [
      created,
      opened('a', null),
      replied('a', [running, call('t1')]),
      answered('a', result('t1')),
      replied('a', [call('t2')]),
      answered('a', result('t2')),
    ]
    expect(requestFor(facts).messages[1]).toEqual(assistant(call('t1')))
  })

  it('is removed together with the thinking after it', () => {
    const facts = [
      created,
      opened('a', null),
      replied('a', [thinking('Before'), running, thinking('After'), byProgram('t1')]),
      answered('a', result('t1')),
    ]
    expect(JSON.stringify(requestFor(facts).messages)).toContain('After')
    const over = JSON.stringify(requestFor([...facts, settled('a', 'stopped')]).messages)
    expect(over).toContain('Before')
    expect(over).not.toContain('After')
  })

  it('is not named by calls whose caller never existed', () => {
    const facts = [created, opened('a', null), replied('a', [byProgram('t1')]), answered('a', result('t1'))]
    expect(requestFor(facts).messages[1]).toEqual(assistant(call('t1')))
    const direct = { caller: { type: 'direct' } }
    expect(requestFor([created, opened('a', null), replied('a', [call('t1', direct)])]).messages[1]).toEqual(
      assistant(call('t1', direct)),
    )
  })
})

describe('H7 a result of a server tool', () => {
  it('is sent once, after its use', () => {
    const facts = (...content: readonly Block[]) => [created, opened('a', null), replied('a', content), settled('a')]
    const use = program('srvtoolu_p')
    expect(requestFor(facts(ran('srvtoolu_p'), use, text('So.'))).messages[1]).toEqual(assistant(text('So.')))
    expect(requestFor(facts(use, ran('srvtoolu_p'), ran('srvtoolu_p'), text('So.'))).messages[1]).toEqual(
      assistant(use, ran('srvtoolu_p'), text('So.')),
    )
  })
})
