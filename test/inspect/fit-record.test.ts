import { describe, expect, it } from 'vitest'
import { ConversationLog } from '../../src/inspect/log/conversation-log.ts'
import { fitRecord } from '../../src/inspect/wire/fit-record.ts'
import type { Fact } from '../../src/journal/index.ts'
import { created, opened } from '../journal/fixtures.ts'
import { eventRecord } from '../attacks/inspector.ts'
import { asRecords } from './fixtures.ts'

const large = 'x'.repeat(1024 * 1024)

describe('a record sent to an inspector', () => {
  it('is unchanged when it fits', () => {
    const record = eventRecord(3)
    expect(fitRecord(record).record).toBe(record)
  })

  it('is redacted when it is a fact that is too large', () => {
    const [record = eventRecord(0)] = asRecords([opened('t1', null, { input: large })])
    expect(fitRecord(record).record).toMatchObject({
      type: 'fact',
      fact: { turnId: 't1', input: [{ text: '‹1048576 characters›' }] },
    })
  })

  it.each<readonly [string, object]>([
    ['is too large and not a fact', eventRecord(3, large)],
    ['cannot be represented as JSON', { ...eventRecord(3), value: 10n }],
    ['has names that are too large, which redaction keeps', { ...asRecords([opened(large, null)])[0], seq: 3, at: 1 }],
  ])('counts as lost when it %s', (_, record) => {
    expect(fitRecord(record as never).record).toEqual({
      v: 1,
      type: 'lost',
      seq: 3,
      at: 1,
      conversation: 'c1',
      count: 1,
    })
  })

  it('is redacted in the same way for a queued input and its turn, however close to the limit', () => {
    // The limit is half a million characters, and the two facts differ by some dozens.
    for (let length = 523_000; length < 524_600; length += 10) {
      const input = 'x'.repeat(length)
      const queued: Fact = { type: 'input.queued', turnId: 'a', input, at: 0 }
      const log = new ConversationLog()
      for (const record of asRecords([created, queued, opened('a', null, { input })])) log.add(fitRecord(record).record)
      expect([length, log.facts.length, log.lost]).toEqual([length, 3, 0])
    }
  })
})
