import { describe, expect, it } from 'vitest'
import type { Fact } from '../../src/index.ts'
import { type CarriedBeside } from '../../src/journal/rejections/parts.ts'
import { piecesOf, pointedAt } from '../../src/journal/index.ts'
import { called, completed, created, opened, replied, setAside, viewOf } from './fixtures.ts'

const file = { type: 'document', source: { type: 'file', file_id: 'file_011' } }
const beside: CarriedBeside = { model: 'm1', fields: ['metadata', 'system'], container: 'box_1', thinking: false }

const facts: readonly Fact[] = [
  created,
  opened('t1', null, [{ type: 'text', text: 'Read it.' }, file]),
  ...called('t1', 'toolu_1', 'look'),
  replied('t1'),
  completed('t1'),
  opened('t2', 't1', 'And this?'),
  replied('t2'),
  completed('t2'),
  opened('t3', 't2', 'Now?'),
  ...called('t3', 'toolu_3', 'look'),
]

const pointed = (pointer: string | undefined, ...more: readonly Fact[]) => {
  const { pieces } = piecesOf(viewOf(facts, more), { model: 'm1', promptHash: 'p' })
  return pointedAt(
    pieces,
    { code: 'request-invalid', message: '', ...(pointer === undefined ? {} : { pointer }) },
    beside,
  )
}

describe('what the API points at', () => {
  it.each([
    ['the words of an earlier message', 'messages.0.content.0', 'turn:t1'],
    ['a file of an earlier message', 'messages.0.content.1', 'media:t1'],
    ['a call of an earlier turn', 'messages.1.content.0', 'calls:t1/3'],
    ['the result of an earlier call', 'messages.2.content.0', 'results:t1/3'],
    ['an earlier answer, as a whole message', 'messages.3', 'turn:t1'],
    ['the message that is asked', 'messages.6.content.0', 'input'],
    ['a call of the turn under way', 'messages.7.content.0', 'calls:t3/2'],
    ['a result of the turn under way', 'messages.8.content.0', 'results:t3/2'],
    ['a field that the app added', 'metadata', 'field:m1/metadata'],
    ['a field that no request can do without', 'system', 'needed:system'],
    ['the container', 'container', 'container:box_1'],
    ['a file by its id', 'file_011', 'media:t1'],
    ['a call by its id', 'toolu_3', 'calls:t3/2'],
  ])('can be %s', (_, pointer, part) => {
    expect(pointed(pointer)).toBe(part)
  })

  it.each([
    ['nothing', undefined],
    ['a place that is not in the request', 'messages.77.content.0'],
    ['a block that is not in its message', 'messages.1.content.9'],
    ['an id of something else', 'file_999'],
  ])('is nothing if it names %s', (_, pointer) => {
    expect(pointed(pointer)).toBeNull()
  })

  it('is found when turns are set aside too: a line takes one position', () => {
    expect(pointed('messages.0.content.1', setAside('t3', 'turn:t1'))).toBe('turn:t2')
  })

  it.each([
    ['where it is named by its place', 'messages.0.content.0'],
    ['where it is not named', undefined],
    ['where another place is named', 'messages.1.content.0'],
  ])('is the last summary if the API objects to one, %s', (_, pointer) => {
    const block = { type: 'compaction', content: 'short' }
    const { pieces } = piecesOf(
      viewOf(
        created,
        opened('t1', null, 'a'),
        replied('t1'),
        completed('t1'),
        { ...opened('c', 't1', ''), kind: 'compaction' },
        { ...replied('c'), content: [block], stopReason: 'compaction' },
        completed('c'),
        opened('t2', 'c', 'b'),
      ),
      { model: 'm1', promptHash: 'p' },
    )
    const failure = { code: 'compaction-invalid', message: '', ...(pointer === undefined ? {} : { pointer }) } as const
    expect(pointedAt(pieces, failure, beside)).toBe('compaction:c')
  })

  it('is thinking if the API objects to that', () => {
    const { pieces } = piecesOf(viewOf(facts), { model: 'm1', promptHash: 'p' })
    expect(pointedAt(pieces, { code: 'thinking-invalid', message: '' }, beside)).toBe('thinking')
  })
})
