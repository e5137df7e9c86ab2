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

/** The result of a call as it is sent, where a fact holds this one. */
async function sent(more: Readonly<Record<string, unknown>>): Promise<unknown> {
  const facts: readonly Fact[] = [...begin, replied('a', [call('t1')]), answered('a', result('t1', more))]
  const { messages } = await accepted(facts)
  return toBlocks(messages.at(-1)?.content ?? '')[0]
}

describe('H10 the result of a tool', () => {
  it('that is an error holds text alone: a line stands for a picture', async () => {
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
  ])('whose flag came as the word "%s" says so as the API does', async (word, isError) => {
    expect(await sent({ is_error: word, content: 'Hm.' })).toEqual(result('t1', { is_error: isError, content: 'Hm.' }))
  })

  it.each([[{}], [{ content: '' }], [{ content: null }], [{ content: [text(' ')] }]])(
    'that is an error says something: %j',
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
  ])('is made of what the API takes: %j', async (content, taken) => {
    expect(await sent({ content })).toEqual(result('t1', { content: taken }))
  })

  it('may be a picture, and stays as it is', async () => {
    expect(await sent({ content: [image] })).toEqual(result('t1', { content: [image] }))
  })

  it('has no blank text in the documents in it', async () => {
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
  ])('inside of %s count toward the four; the oldest go', async (_, block) => {
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

  it('of an input of a tool are the app’s own words, and stay', () => {
    const input = { list: pages }
    const facts = [...begin, replied('a', [call('t1', { input })]), answered('a', result('t1'))]
    expect(requestFor(facts).messages[1]).toEqual(assistant(call('t1', { input })))
    expect(requestFor(facts).left).toEqual([])
  })

  it('stay on the newest of many turns, and the request is the same each time', async () => {
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

describe('H2 a message of the user', () => {
  it('without anything in it, which was answered, stands as a line: the assistant can’t begin', async () => {
    const facts = [created, opened('a', null, { input: [text(' ')] }), replied('a', [text('So.')]), settled('a')]
    const { messages } = await accepted(facts)
    expect(messages.slice(0, 2)).toEqual([user('[An empty message stood here.]'), assistant(text('So.'))])
  })

  it('loses its blank texts, and says nothing where it had only these and no answer came', async () => {
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
