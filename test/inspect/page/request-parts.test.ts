import { describe, expect, it } from 'vitest'
import { Moments } from '../../../src/inspect/page/moments.ts'
import { previewOf } from '../../../src/inspect/page/request-parts.ts'
import { ConversationLog } from '../../../src/inspect/log/conversation-log.ts'
import type { PromptRecord } from '../../../src/observe/records.ts'
import { buildRequest, type Fact, fold } from '../../../src/journal/index.ts'
import {
  abc,
  cached,
  call,
  completed,
  created,
  model,
  opened,
  refusedTurn,
  replied,
  rewoundToA,
  settled,
  target,
  text,
} from '../../journal/fixtures.ts'
import { asRecords } from '../fixtures.ts'

const prompt: PromptRecord = {
  v: 1,
  seq: 0,
  at: 0,
  conversation: 'c1',
  type: 'prompt',
  systemBytes: 10,
  structured: false,
  toolsBytes: 0,
  tools: [],
  maxTokens: 100,
  cacheBreakpoints: 1,
  promptHash: target.promptHash,
}

function preview(...facts: readonly Fact[]) {
  const view = fold(facts)
  return previewOf(view, prompt, new Map(view.turns.map(({ id }, index) => [id, index + 1])))
}

describe('the next request', () => {
  it('has the messages that would be sent, with the bytes of each', () => {
    const { messages, bytes } = preview(...abc)
    const sent = buildRequest(fold(abc), target).messages
    expect(sent).toHaveLength(6)
    const sizes = sent.map((message) => Buffer.byteLength(JSON.stringify(message)))
    expect(messages.map((line) => [line.role, line.bytes])).toEqual(sent.map(({ role }, index) => [role, sizes[index]]))
    expect(bytes).toBe(sizes.reduce((sum, size) => sum + size, 0))
    expect(messages[0]).toMatchObject({ words: 'Question a', blocks: ['text'] })
  })

  it('counts the cache breakpoints of the prompt and of each message', () => {
    const facts = [
      created,
      opened('a', null, { input: [text('long', cached), text('more')] }),
      replied('a', [text('so')]),
    ]
    const { messages, breakpoints } = preview(...facts, settled('a', 'completed'))
    expect(messages.map((line) => line.breakpoints)).toEqual([1, 0])
    expect(breakpoints).toBe(2)
    expect(preview(...abc).breakpoints).toBe(1)
  })

  it('has a reason for each omitted turn', () => {
    expect(preview(...rewoundToA).left).toEqual([
      { turn: 2, what: 'turn', why: 'a reset put it aside' },
      { turn: 3, what: 'turn', why: 'a reset put it aside' },
    ])
    expect(preview(...abc, ...refusedTurn('x', 'c')).left).toEqual([
      { turn: 4, what: 'turn', why: 'it was refused, and is never sent again' },
    ])
    expect(preview(...abc, ...completed('d', 'a')).left).toEqual([
      { turn: 2, what: 'turn', why: 'it is on another branch' },
      { turn: 3, what: 'turn', why: 'it is on another branch' },
    ])
    expect(preview(...abc).left).toEqual([])
  })

  it('waits for unanswered calls', () => {
    expect(preview(created, opened('a', null), replied('a', [call('k1'), call('k2')]))).toMatchObject({
      isUnderWay: true,
      waitsFor: 2,
    })
  })
})

describe('time travel', () => {
  it('shows the conversation after each fact, and now', () => {
    const log = new ConversationLog()
    const facts = [...abc, ...refusedTurn('x', 'c')]
    for (const record of asRecords(facts)) log.add(record)
    const moments = new Moments(log)
    expect(moments.count).toBe(facts.length)
    for (const index of facts.keys()) {
      const { view, facts: then } = moments.at(index)
      expect(then).toHaveLength(index + 1)
      expect(view).toEqual(fold(facts.slice(0, index + 1)))
    }
    expect(moments.at(null).view).toEqual(fold(facts))
    expect(moments.at(null).view.model).toBe(model)
  })

  it('derives the state from the journal when no state was recorded', () => {
    const log = new ConversationLog()
    const facts = [...abc, ...refusedTurn('x', 'c')]
    for (const record of asRecords(facts)) log.add({ ...record, state: null })
    const moments = new Moments(log)
    const states = [0, 1, abc.length - 1, abc.length, facts.length - 1].map((index) => moments.at(index).state)
    expect(states).toEqual(['idle', 'streaming', 'completed', 'streaming', 'refused'])
    expect(moments.at(0).wasRecorded).toBe(false)
  })
})
