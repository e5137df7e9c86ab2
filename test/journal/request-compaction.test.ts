import { describe, expect, it } from 'vitest'
import { compactionBeta, type Fact, plainText } from '../../src/journal/index.ts'
import {
  abc,
  assistant,
  compaction,
  completed,
  created,
  model,
  moved,
  opened,
  otherModel,
  replied,
  requestFor,
  settled,
  target,
  text,
  thinking,
  user,
  viewOf,
} from './fixtures.ts'
import { accepted, useJudge } from './judge.ts'

useJudge()

const block = compaction('They greeted each other.')
const byApi = (turnId: string, parent: string, by = block) => [
  opened(turnId, parent, { kind: 'compaction', input: '' }),
  replied(turnId, [by], { stopReason: 'compaction' }),
  settled(turnId),
]
const inWords = (turnId: string, parent: string, summary = 'They greeted each other.') => [
  opened(turnId, parent, { kind: 'compaction', input: 'Summarise.' }),
  replied(turnId, [text(summary)]),
  settled(turnId),
]
const firstWords = ({ messages }: Awaited<ReturnType<typeof accepted>>) => plainText(messages[0]?.content ?? '')

describe('a compaction by the API', () => {
  it('is requested without instructions after the conversation', async () => {
    const { messages, betas } = await accepted([...abc, opened('k', 'c', { kind: 'compaction', input: '' })])
    expect(messages).toHaveLength(6)
    expect(messages.at(-1)).toEqual(assistant(text('Answer c')))
    expect(betas).toEqual([])
  })

  it('can be requested again, on top of the previous one', async () => {
    const facts = [
      ...abc,
      ...byApi('k', 'c'),
      ...completed('d', 'k'),
      opened('k2', 'd', { kind: 'compaction', input: '' }),
    ]
    const { messages, betas } = await accepted(facts)
    expect(messages).toEqual([assistant(block), user('Question d'), assistant(text('Answer d'))])
    expect(betas).toEqual([compactionBeta])
  })

  it('is the first block, unchanged and without the rest of its turn', async () => {
    const turn = [
      opened('k', 'c', { kind: 'compaction', input: '' }),
      replied('k', [thinking('Long'), block, text('Done.')], { stopReason: 'compaction' }),
      settled('k'),
    ]
    expect((await accepted([...abc, ...turn])).messages).toEqual([assistant(block), user('Go on.')])
  })

  it('requires the beta header that the app names', () => {
    const to = { ...target, compactionBeta: 'compact-of-tomorrow' }
    expect(requestFor([...abc, ...byApi('k', 'c'), opened('d', 'k')], to).betas).toEqual(['compact-of-tomorrow'])
  })

  it('applies to every model', async () => {
    const facts = [...abc, ...byApi('k', 'c'), ...completed('d', 'k')]
    expect((await accepted(facts, { ...target, model: otherModel })).messages[0]).toEqual(assistant(block))
  })

  it('changes nothing without a block', async () => {
    const failed = [
      opened('k', 'c', { kind: 'compaction', input: '' }),
      replied('k', [text('I would rather not.')]),
      settled('k', 'failed', { kept: false }),
    ]
    const facts = [...abc, ...failed]
    expect(viewOf(...facts).head).toBe('c')
    expect((await accepted(facts)).messages).toHaveLength(7)
  })
})

describe('a summary in words', () => {
  it('is requested in a user message', async () => {
    const { messages } = await accepted([...abc, opened('k', 'c', { kind: 'compaction', input: 'Summarise.' })])
    expect(messages.at(-1)).toEqual(user('Summarise.'))
    expect(messages).toHaveLength(7)
  })

  it('is sent as a user message, without its instructions and without a beta header', async () => {
    const request = await accepted([...abc, ...inWords('k', 'c'), ...completed('d', 'k')])
    expect(firstWords(request)).toContain('<summary>\nThey greeted each other.\n</summary>')
    expect(request.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    expect(JSON.stringify(request.messages)).not.toMatch(/Summarise\.|Question [abc]/)
    expect(request.betas).toEqual([])
  })

  it('is merged with the next question', async () => {
    const { messages } = await accepted([...abc, ...inWords('k', 'c'), opened('d', 'k')])
    expect(messages).toHaveLength(1)
    expect(messages[0]?.content).toMatchObject([{ type: 'text' }, { type: 'text', text: 'Question d' }])
  })

  it('replaces an earlier summary', async () => {
    const facts = [...abc, ...inWords('k', 'c'), ...completed('d', 'k'), ...inWords('k2', 'd', 'They parted.')]
    const words = firstWords(await accepted(facts))
    expect(words).toContain('They parted.')
    expect(words).not.toContain('They greeted each other.')
  })

  it('and a compaction by the API may follow each other', async () => {
    const blockLast = await accepted([...abc, ...inWords('k', 'c'), ...completed('d', 'k'), ...byApi('k2', 'd')])
    expect(blockLast.messages[0]).toEqual(assistant(block))
    const wordsLast = await accepted([...abc, ...byApi('k', 'c'), ...completed('d', 'k'), ...inWords('k2', 'd')])
    expect(wordsLast.betas).toEqual([])
    expect(firstWords(wordsLast)).toContain('<summary>')
  })

  it('has its text alone, without thinking', async () => {
    const turn = [
      opened('k', 'c', { kind: 'compaction', input: 'Summarise.' }),
      replied('k', [thinking('What was there?'), text('They greeted '), text('each other. \n')]),
      settled('k'),
    ]
    const request = await accepted([...abc, ...turn])
    expect(firstWords(request)).toContain('<summary>\nThey greeted each other.\n</summary>')
    expect(JSON.stringify(request.messages)).not.toContain('What was there?')
  })

  it.each(['stopped', 'failed', 'interrupted'] as const)('changes nothing when it was %s', async (status) => {
    const cut = [
      opened('k', 'c', { kind: 'compaction', input: 'Summarise.' }),
      replied('k', [text('They gr')], { stopReason: null }),
      settled('k', status, { kept: false }),
    ]
    expect((await accepted([...abc, ...cut])).messages).toHaveLength(7)
  })
})

describe('a turn after a compaction', () => {
  it('keeps its thinking, which is bound to the new beginning of the conversation', async () => {
    const thoughtful = [opened('d', 'k'), replied('d', [thinking('Hm'), text('So')]), settled('d')]
    const { messages, left } = await accepted([...abc, ...byApi('k', 'c'), ...thoughtful])
    expect(messages[2]).toEqual(assistant(thinking('Hm', model), text('So')))
    expect(left).toEqual([])
  })

  it('uses no container from before it', () => {
    const boxed: readonly Fact[] = [
      created,
      opened('a', null),
      replied('a', [text('So')], { container: 'box' }),
      settled('a'),
    ]
    expect(requestFor([...boxed, opened('b', 'a')]).container).toBe('box')
    expect(requestFor([...boxed, ...byApi('k', 'a'), opened('b', 'k')]).container).toBeNull()
  })

  it('can be undone together with it', async () => {
    const facts = [...abc, ...byApi('k', 'c'), ...completed('d', 'k')]
    const back = moved('d', 'c', { cause: 'clear', withdrawn: ['k', 'd'] })
    expect((await accepted([...facts, back])).messages[0]).toEqual(user('Question a'))
  })
})

describe('a compaction that the API makes on its own', () => {
  const unsigned = { type: 'compaction', content: 'They greeted each other.' }

  it('is sent back in its place in the middle of its turn, and the turn continues', async () => {
    const facts = [...abc, opened('d', 'c'), replied('d', [unsigned], { stopReason: 'compaction' })]
    const { messages, betas } = await accepted(facts)
    expect(messages.slice(-2)).toEqual([user('Question d'), assistant(unsigned)])
    expect(betas).toEqual([compactionBeta])
    const whole = await accepted([...facts, replied('d', [text('So')]), settled('d')])
    expect(whole.messages.slice(-2)).toEqual([assistant(unsigned, text('So')), user('Go on.')])
  })
})

describe('several compactions that the API made on its own', () => {
  const short = (said: string) => ({ type: 'compaction', content: said })

  it('are replaced by the last one, within a turn and across turns', async () => {
    const facts = [
      created,
      opened('a', null),
      replied('a', [text('One.'), short('first'), thinking('Hm'), text('Two.')]),
      settled('a'),
      opened('b', 'a'),
      replied('b', [short('second'), short('third'), text('Three.')]),
      settled('b'),
    ]
    expect((await accepted(facts)).messages.slice(0, 4)).toEqual([
      user('Question a'),
      assistant(text('One.'), text('Two.')),
      user('Question b'),
      assistant(short('third'), text('Three.')),
    ])
  })

  it('are replaced by a requested one, too', async () => {
    const facts = [
      ...abc,
      ...byApi('k', 'c'),
      opened('d', 'k'),
      replied('d', [short('later'), text('So.')]),
      settled('d'),
    ]
    const { messages, betas } = await accepted(facts)
    expect(messages.slice(0, 2)).toEqual([user('Question d'), assistant(short('later'), text('So.'))])
    expect(betas).toEqual([compactionBeta])
  })
})
