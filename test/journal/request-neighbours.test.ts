// Thinking is bound to the content before it. Two thinking blocks that become neighbours are rejected
// ("cannot be modified"), and so is thinking after something that was changed.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Block, type Fact, fold, lostBlock, toBlocks, transcript } from '../../src/journal/index.ts'
import {
  answered,
  call,
  created,
  fallback,
  found,
  opened,
  otherModel,
  replied,
  requestFor,
  result,
  search,
  settled,
  text,
  thinking,
} from './fixtures.ts'
import { accepted, useJudge } from './judge.ts'
import { program } from './programs.ts'
import { runs } from '../runs.ts'

useJudge()

const begin = [created, opened('a', null)]
const redacted = { type: 'redacted_thinking', data: 'opaque' }

/** The blocks of the first reply, in short form: `thinking Hm`, `text`. */
const sent = (facts: readonly Fact[]) =>
  requestFor(facts)
    .messages.filter(({ role }) => role === 'assistant')
    .flatMap(({ content }) =>
      toBlocks(content).map(({ type, thinking: thought }) => [type, thought].flat().join(' ').trim()),
    )

const over = (...content: readonly Block[]) => [...begin, replied('a', content), settled('a')]
const one = thinking('One')
const two = thinking('Two')
const three = thinking('Three')

describe('H4 thinking that would become a neighbour', () => {
  it.each(['', ' ', '\n\n'])('is removed with the blank text between: %j', async (between) => {
    const facts = over(one, text(between), two, text('So.'))
    await accepted(facts)
    expect(sent(facts)).toEqual(['thinking One', 'text'])
    expect(requestFor(facts).left).toMatchObject([{ turnId: 'a', what: 'thinking' }])
  })

  it('is removed in a running tool loop, too, and from every later request', async () => {
    const facts = [...begin, replied('a', [one, text('\n'), two, call('t1')]), answered('a', result('t1'))]
    expect(sent(facts)).toEqual(['thinking One', 'tool_use'])
    const later = [...facts, replied('a', [three, text('So.')]), settled('a')]
    await accepted(later)
    expect(sent(later)).toEqual(['thinking One', 'tool_use', 'thinking Three', 'text'])
  })

  it('is removed together with later thinking in the same reply', () => {
    expect(sent(over(one, text(' '), two, text('So'), three, text('.')))).toEqual(['thinking One', 'text', 'text'])
  })

  it('stays when it was a neighbour from the beginning', () => {
    expect(sent(over(one, redacted, two, text('So.')))).toEqual([
      'thinking One',
      'redacted_thinking',
      'thinking Two',
      'text',
    ])
  })

  it('stays when something else is still between', () => {
    expect(sent(over(one, text('Hm.'), text(' '), two, text('So.')))).toEqual([
      'thinking One',
      'text',
      'thinking Two',
      'text',
    ])
    expect(sent(over(text(' '), one, text('So.')))).toEqual(['thinking One', 'text'])
  })

  it('is removed when a pause was between', () => {
    const paused = replied('a', [search('s1'), found('s1'), one], { stopReason: 'pause_turn' })
    const facts = [...begin, paused, replied('a', [two, text('So.')]), settled('a')]
    expect(sent(facts)).toEqual(['server_tool_use', 'web_search_tool_result', 'thinking One', 'text'])
  })

  it('is removed when an unreadable block was between, and that block is not shown', async () => {
    const facts = over(one, lostBlock({ type: 'of_tomorrow' }), two, text('So.'))
    await accepted(facts)
    expect(sent(facts)).toEqual(['thinking One', 'text'])
    expect(requestFor(facts).left).toMatchObject([{ turnId: 'a', what: 'thinking' }])
    const shown = transcript(fold(facts)).flatMap(({ role, parts }) => (role === 'assistant' ? parts : []))
    expect(shown.map(({ type }) => type)).toEqual(['thinking', 'thinking', 'text'])
  })

  it('is removed with an unanswered server tool use', async () => {
    const facts = [...begin, replied('a', [one, search('s1'), two, text('So.')]), settled('a', 'stopped')]
    await accepted(facts)
    expect(sent(facts)).toEqual(['thinking One', 'text'])
  })

  it('is removed with structured output that was cut', () => {
    const cut = { structured: true, stopReason: 'max_tokens' } as const
    const facts = [...begin, replied('a', [one, text('{"a'), two, call('t1')], cut), settled('a')]
    expect(sent(facts)).toEqual(['thinking One', 'tool_use'])
  })

  it('stays after the last fallback, because that model was given what is sent', () => {
    const byOther = thinking('Other', otherModel)
    const facts = [
      ...begin,
      replied('a', [one, call('t0'), text('I be'), fallback, byOther, text('gin.')], {
        model: otherModel,
        stopReason: 'end_turn',
      }),
      settled('a'),
    ]
    const { messages } = requestFor(facts, { model: otherModel, promptHash: 'prompt' })
    expect(toBlocks(messages[1]?.content ?? '').map(({ type }) => type)).toEqual([
      'text',
      'fallback',
      'thinking',
      'text',
    ])
  })

  it('never ends a message of a settled turn, whatever later replies contained', () => {
    const paused = replied('a', [text('So.'), one], { stopReason: 'pause_turn' })
    expect(sent([...begin, paused, replied('a', [text(' ')]), settled('a')])).toEqual(['text'])
    expect(sent([...begin, paused])).toEqual(['text', 'thinking One'])
  })
})

describe('H4 thinking', () => {
  it('is removed when its text cannot be sent unchanged', () => {
    const facts = over({ ...one, thinking: 'cut\ud83d' }, text('So.'))
    expect(sent(facts)).toEqual(['text'])
  })

  it('is sent back without a cache breakpoint, which the API rejects on it', async () => {
    const facts = over({ ...one, cache_control: { type: 'ephemeral' } }, text('So.'))
    const { messages } = await accepted(facts)
    expect(toBlocks(messages[1]?.content ?? '')[0]).toEqual(one)
  })

  it('has the same neighbours as in its reply, in any conversation', () => {
    const keyOf = ({ thinking: thought, data }: Block) => String(thought ?? data)
    fc.assert(
      fc.property(program, (facts) => {
        const { turns, open } = fold(facts)
        const pairs = new Set(
          [...turns, ...(open ? [open] : [])].flatMap(({ steps }) =>
            steps.flatMap(({ content }) =>
              content.slice(1).map((block, at) => `${keyOf(content[at] ?? block)} | ${keyOf(block)}`),
            ),
          ),
        )
        for (const { content } of requestFor(facts).messages)
          toBlocks(content).forEach((block, at, all) => {
            const next = all[at + 1]
            if (block.type === 'thinking' && next?.type === 'thinking')
              expect(pairs).toContain(`${keyOf(block)} | ${keyOf(next)}`)
          })
      }),
      { numRuns: runs(100) },
    )
  })
})
