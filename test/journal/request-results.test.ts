import { describe, expect, it } from 'vitest'
import { type Block, type Fact, toBlocks } from '../../src/journal/index.ts'
import {
  answered,
  assistant,
  cached,
  call,
  completed,
  created,
  opened,
  replied,
  requestFor,
  result,
  settled,
  steppedThrough,
  text,
  user,
} from './fixtures.ts'
import { accepted, acceptedIn, useJudge } from './judge.ts'

useJudge()

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const image: Block = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } }
const begin = [created, opened('a', null)]

/** The result of a call as it is sent, given the recorded one. */
async function sent(more: Readonly<Record<string, unknown>>): Promise<unknown> {
  const facts: readonly Fact[] = [...begin, replied('a', [call('t1')]), answered('a', result('t1', more))]
  const { messages } = await accepted(facts)
  return toBlocks(messages.at(-1)?.content ?? '')[0]
}

describe('H10 the result of a tool', () => {
  it('has only text when it is an error, with a line in place of an image', async () => {
    expect(await sent({ is_error: true, content: [text('It looks like this:'), image] })).toEqual(
      result('t1', {
        is_error: true,
        content: [text('It looks like this:'), text('[An image stood here, and could not be sent.]')],
      }),
    )
  })

  it.each([
    ['true', true],
    ['false', false],
    ['no', false],
  ])('is sent with a boolean flag when it has the string "%s"', async (word, isError) => {
    expect(await sent({ is_error: word, content: 'Hm.' })).toEqual(result('t1', { is_error: isError, content: 'Hm.' }))
  })

  it.each([[{}], [{ content: '' }], [{ content: null }], [{ content: [text(' ')] }]])(
    'has some text when it is an error: %j',
    async (more) => {
      const { content: _, ...bare } = result('t1')
      expect(await sent({ ...bare, content: undefined, is_error: true, ...more })).toEqual(
        result('t1', { is_error: true, content: 'The tool failed without saying why.' }),
      )
    },
  )

  it.each([
    [{ a: 1 }, '{"a":1}'],
    [7, '7'],
    [
      ['plain', { a: 1 }, text('x')],
      [text('plain'), text('{"a":1}'), text('x')],
    ],
    [[{ type: 'audio', data: 'x' }], [text('[A file stood here, and could not be sent.]')]],
  ])('has only content that the API accepts: %j', async (content, taken) => {
    expect(await sent({ content })).toEqual(result('t1', { content: taken }))
  })

  it('may be an image, which stays unchanged', async () => {
    expect(await sent({ content: [image] })).toEqual(result('t1', { content: [image] }))
  })

  it('has no blank text in its documents', async () => {
    const document = (...content: readonly Block[]) => ({ type: 'document', source: { type: 'content', content } })
    expect(await sent({ content: [document(text(' '), text('Page')), document(text(''))] })).toEqual(
      result('t1', { content: [document(text('Page')), text('[A document stood here, and could not be sent.]')] }),
    )
  })
})

const page = (said: string): Block => text(said, cached)
const marks = (value: unknown) => (JSON.stringify(value).match(/"cache_control"/g) ?? []).length

describe('H6 cache breakpoints', () => {
  const pages = Array.from({ length: 6 }, (_, index) => page(`Page ${index}`))

  it.each<[string, Block]>([
    ['a document', { type: 'document', source: { type: 'content', content: pages } }],
    ['a search result', { type: 'search_result', source: 'x', title: 'x', content: pages }],
  ])('inside of %s count towards the four, and the oldest are removed', async (_, block) => {
    const { messages, left } = await accepted([
      created,
      opened('a', null, { input: [block, text('Read.')] }),
      replied('a', [text('Done.')]),
      settled('a'),
    ])
    expect(marks(messages)).toBe(4)
    expect(left).toMatchObject([{ what: 'cache-breakpoint', why: expect.stringContaining('2 more') }])
  })

  it('inside of a document in a result count, too', async () => {
    const inner: Block = { type: 'document', source: { type: 'content', content: pages }, ...cached }
    const facts = [...begin, replied('a', [call('t1')]), answered('a', result('t1', { content: [inner], ...cached }))]
    expect(marks((await accepted(facts)).messages)).toBe(4)
  })

  it('in the input of a tool are data and stay', () => {
    const input = { list: pages }
    const facts = [...begin, replied('a', [call('t1', { input })]), answered('a', result('t1'))]
    expect(requestFor(facts).messages[1]).toEqual(assistant(call('t1', { input })))
    expect(requestFor(facts).left).toEqual([])
  })

  it('stay on the newest of many turns, reproducibly', async () => {
    const turns = Array.from({ length: 9 }, (_, index) => [
      opened(`n${index}`, index === 0 ? null : `n${index - 1}`, { input: [page(`Q${index}`), page('more')] }),
      replied(`n${index}`, [text('So.')]),
      settled(`n${index}`),
    ]).flat()
    const { messages } = await accepted([created, ...turns])
    expect(messages.map(marks)).toEqual([...Array.from({ length: 14 }, () => 0), 2, 0, 2, 0, 0])
    expect(requestFor([created, ...turns, opened('next', 'n8', { input: 'Go on.' })]).messages).toEqual(messages)
  })
})

describe('H2 a user message', () => {
  it('is replaced by a line when it is empty and was answered, because the assistant cannot begin', async () => {
    const facts = [created, opened('a', null, { input: [text(' ')] }), replied('a', [text('So.')]), settled('a')]
    const { messages } = await accepted(facts)
    expect(messages.slice(0, 2)).toEqual([user('[An empty message stood here.]'), assistant(text('So.'))])
  })

  it('loses its blank texts, and is omitted when it had only these and no answer', async () => {
    const facts = [
      created,
      opened('a', null, { input: [text(''), text('Hi')] }),
      settled('a'),
      opened('b', 'a', { input: ' ' }),
      settled('b'),
    ]
    expect((await acceptedIn(steppedThrough(...facts, ...completed('c', 'b')))).messages[0]).toEqual(
      user([text('Hi'), text('Question c')]),
    )
  })
})
