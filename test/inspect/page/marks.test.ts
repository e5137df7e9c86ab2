import { describe, expect, it } from 'vitest'
import { observe } from '../../../src/index.ts'
import { ConversationLog } from '../../../src/inspect/log/conversation-log.ts'
import { decisiveFact, factOf, marksOf, nearestRefusal } from '../../../src/inspect/page/marks.ts'
import { start } from '../../conversation/start.ts'
import { first } from '../fixtures.ts'

/** The log of a conversation with an answered message, a refused one, an answered one, and another refused one. */
async function refusedTwice() {
  const { chat, exchange, ask } = start()
  const observation = observe(chat)
  for (const word of ['alpha', 'bravo']) {
    await exchange(word, 'answer')
    const { turn, reply } = await ask(`bad ${word}`)
    reply.refuse('partial')
    await turn
  }
  const log = new ConversationLog()
  for (const record of observation.records) log.add(record)
  return log
}

describe('the marks on the slider', () => {
  it('are the refusals and the resets that followed, in order', async () => {
    const { facts } = await refusedTwice()
    const marks = marksOf(facts)
    expect(marks.map(({ kind }) => kind)).toEqual(['refusal', 'reset', 'refusal', 'reset'])
    for (const { index, kind } of marks)
      expect(facts[index]?.fact.type).toBe(kind === 'refusal' ? 'turn.settled' : 'head.moved')
  })

  it('lead from refusal to refusal, in both directions', async () => {
    const { facts } = await refusedTwice()
    const marks = marksOf(facts)
    const [one = -1, two = -1] = marks.filter(({ kind }) => kind === 'refusal').map(({ index }) => index)
    expect(nearestRefusal(marks, facts.length - 1, 'before')).toBe(two)
    expect(nearestRefusal(marks, two, 'before')).toBe(one)
    expect(nearestRefusal(marks, one, 'before')).toBeNull()
    expect(nearestRefusal(marks, one, 'after')).toBe(two)
    expect(nearestRefusal(marks, two, 'after')).toBeNull()
  })
})

describe('the decisive fact', () => {
  it('of a turn is the one that settled it', async () => {
    const { facts, view } = await refusedTwice()
    const refused = view.refusals.at(0)?.turnId ?? ''
    const index = decisiveFact(facts, refused)
    expect(facts[index ?? -1]?.fact).toMatchObject({ type: 'turn.settled', turnId: refused, status: 'refused' })
    expect(decisiveFact(facts, 'unknown')).toBeNull()
    const opened = facts.filter(({ fact }) => fact.type === 'turn.opened')
    expect(decisiveFact(opened, refused)).toBe(
      opened.find(({ fact }) => 'turnId' in fact && fact.turnId === refused)?.index,
    )
  })

  it('of a record is the fact that it led to, and of a refusal the one that it is about', async () => {
    const { facts, others } = await refusedTwice()
    const refusal = first(others, 'refusal')
    expect(facts[factOf(facts, refusal) ?? -1]?.fact).toMatchObject({ type: 'turn.settled', status: 'refused' })
    const step = others.find((record) => record.type === 'transition' && record.to.startsWith('refused'))
    expect(step && facts[factOf(facts, step) ?? -1]?.fact).toMatchObject({ type: 'turn.settled', status: 'refused' })
    const last = others.at(-1)
    expect(last && factOf(facts, { ...last, seq: last.seq + 100 })).toBeNull()
  })
})
