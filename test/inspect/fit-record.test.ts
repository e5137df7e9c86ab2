import { describe, expect, it } from 'vitest'
import { ConversationLog } from '../../src/inspect/log/conversation-log.ts'
import { fitRecord } from '../../src/inspect/wire/fit-record.ts'
import type { Fact } from '../../src/journal/index.ts'
import { created, opened } from '../journal/fixtures.ts'
import { eventRecord } from '../attacks/inspector.ts'
import { asRecords } from './fixtures.ts'

const large = 'x'.repeat(1024 * 1024)

describe('a record that goes to an inspector', () => {
  it('stays as it is where it fits', () => {
    const record = eventRecord(3)
    expect(fitRecord(record).record).toBe(record)
  })

  it('is redacted where it is a fact that is too large', () => {
    const [record = eventRecord(0)] = asRecords([opened('t1', null, { input: large })])
    expect(fitRecord(record).record).toMatchObject({
      type: 'fact',
      fact: { turnId: 't1', input: [{ text: '‹1048576 characters›' }] },
    })
  })

  it.each<readonly [string, object]>([
    ['is too large and no fact', eventRecord(3, large)],
    ['JSON can not hold', { ...eventRecord(3), value: 10n }],
    ['has names that are too large, which redaction keeps', { ...asRecords([opened(large, null)])[0], seq: 3, at: 1 }],
  ])('counts as lost where it %s', (_, record) => {
    expect(fitRecord(record as never).record).toEqual({
      v: 1,
      type: 'lost',
      seq: 3,
      at: 1,
      conversation: 'c1',
      count: 1,
    })
  })

  it('tells an input that waits and the turn that asks it alike, however close to the limit its words are', () => {
    // The limit lies at half a million characters, and the two facts differ by some dozens.
    for (let length = 523_000; length < 524_600; length += 10) {
      const input = 'x'.repeat(length)
      const queued: Fact = { type: 'input.queued', turnId: 'a', input, at: 0 }
      const log = new ConversationLog()
      for (const record of asRecords([created, queued, opened('a', null, { input })])) log.add(fitRecord(record).record)
      expect([length, log.facts.length, log.lost]).toEqual([length, 3, 0])
    }
  })
})
