import { describe, expect, it } from 'vitest'
import type { Block, Fact } from '../../src/journal/index.ts'
import {
  abc,
  answered,
  assistant,
  call,
  created,
  model,
  moved,
  opened,
  otherModel,
  replied,
  requestFor,
  result,
  settled,
  stripped,
  switched,
  target,
  text,
  thinking,
  user,
  viewOf,
} from './fixtures.ts'
import { accepted, useJudge } from './judge.ts'

useJudge()

const thoughtful = (turnId: string, parent: string | null, by = model) => [
  opened(turnId, parent),
  replied(turnId, [thinking(`Thought ${turnId}`, by), text(`Answer ${turnId}`)], { model: by }),
  settled(turnId),
]
const ab: readonly Fact[] = [created, ...thoughtful('a', null), ...thoughtful('b', 'a')]

const thoughtsIn = ({ messages }: { messages: readonly { content: string | readonly Block[] }[] }) =>
  messages.flatMap(({ content }) =>
    typeof content === 'string' ? [] : content.flatMap((block) => block['thinking'] ?? []),
  )

describe('thinking that the API no longer accepts', () => {
  it('is removed at once and completely, while its text stays', async () => {
    expect(thoughtsIn(await accepted([...ab, opened('c', 'b')]))).toEqual(['Thought a', 'Thought b'])
    const request = await accepted([...ab, opened('c', 'b'), stripped('c')])
    expect(request.messages).toEqual([
      user('Question a'),
      assistant(text('Answer a')),
      user('Question b'),
      assistant(text('Answer b')),
      user('Question c'),
    ])
    expect(request.left).toEqual(
      ['a', 'b'].map((turnId) => ({
        turnId,
        what: 'thinking',
        why: 'the API rejected its signature',
      })),
    )
  })

  it('stays removed, while later thinking stays', async () => {
    const facts = [...ab, opened('c', 'b'), stripped('c'), ...thoughtful('c', 'b').slice(1), ...thoughtful('d', 'c')]
    expect(thoughtsIn(await accepted(facts))).toEqual(['Thought c', 'Thought d'])
  })

  it('is removed before the open turn only, because the API requires that of a running tool loop', async () => {
    const loop = [
      opened('c', 'b'),
      replied('c', [thinking('First'), call('t1')]),
      answered('c', result('t1')),
      stripped('c'),
    ]
    const cut = await accepted([...ab, ...loop])
    expect(thoughtsIn(cut)).toEqual(['First'])
    expect(cut.messages.at(-1)).toEqual(user([result('t1')]))
    const on = [...ab, ...loop, replied('c', [thinking('Then'), call('t2')]), answered('c', result('t2'))]
    expect(thoughtsIn(await accepted(on))).toEqual(['First', 'Then'])
    expect(thoughtsIn(await accepted([...on, replied('c', [text('Done.')]), settled('c')]))).toEqual(['First', 'Then'])
  })

  it('is removed in redacted form, too, and with it a reply of thinking alone', () => {
    const redacted = { type: 'redacted_thinking', data: 'opaque' }
    const facts = [created, opened('a', null), replied('a', [redacted]), settled('a'), opened('b', 'a'), stripped('b')]
    expect(requestFor(facts).messages).toEqual([user([text('Question a'), text('Question b')])])
  })

  it('is not removed on another branch', () => {
    const answer = [replied('c', [text('So')]), settled('c')]
    const facts = [...ab, ...thoughtful('x', 'a'), moved('x', 'b'), opened('c', 'b'), stripped('c'), ...answer]
    expect(viewOf(...facts).strippedThinking).toEqual({ a: 1, b: 1, c: 0 })
  })

  it('is recorded again at a second rejection', async () => {
    const once = [...ab, opened('c', 'b'), stripped('c'), ...thoughtful('c', 'b').slice(1)]
    const twice = [...once, opened('d', 'c'), stripped('d'), ...thoughtful('d', 'c').slice(1)]
    expect(thoughtsIn(await accepted(twice))).toEqual(['Thought d'])
  })

  it('may be absent', async () => {
    expect((await accepted([...abc, opened('d', 'c'), stripped('d')])).left).toEqual([])
    expect(viewOf(created, opened('a', null), stripped('a')).strippedThinking).toEqual({ a: 0 })
  })

  it('is removed for other models, too, while their new thinking stays', async () => {
    const cut = [replied('c', [text('Half')], { stopReason: null }), settled('c', 'stopped')]
    const facts = [...ab, opened('c', 'b'), stripped('c'), ...cut, switched(model, otherModel)]
    const on = [...facts, ...thoughtful('d', 'c', otherModel)]
    expect(thoughtsIn(await accepted(on, { ...target, model: otherModel }))).toEqual(['Thought d'])
    expect(thoughtsIn(await accepted(on))).toEqual([])
  })
})
