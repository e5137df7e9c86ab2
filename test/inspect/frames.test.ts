import { describe, expect, it } from 'vitest'
import { frames } from '../../src/inspect/link/frames.ts'
import type { InspectionRecord } from '../../src/observe/records.ts'
import type { AppMessage } from '../../src/inspect/wire/messages.ts'

const fact = (index: number, text: string): InspectionRecord => ({
  v: 1,
  type: 'fact',
  seq: index,
  at: 0,
  conversation: 'c1',
  index,
  state: null,
  fact: { type: 'turn.opened', turnId: `t${index}`, parent: null, input: text, at: 0 },
})

const message = (...texts: readonly string[]): AppMessage => ({
  type: 'records',
  key: '1',
  state: 'idle',
  records: texts.map((text, index) => fact(index, text)),
})

const recordsOf = (json: readonly string[]) =>
  json.flatMap((one) => (JSON.parse(one) as { records: InspectionRecord[] }).records)

describe('messages over a socket', () => {
  it('are sent complete when they are short', () => {
    expect([...frames(message('a', 'b'), 1_000)]).toEqual([JSON.stringify(message('a', 'b'))])
  })

  it('are split, in order and without loss, when their records are too large together', () => {
    const texts = Array.from({ length: 9 }, (_, index) => `${index}`.repeat(100))
    const sent = [...frames(message(...texts), 700)]
    expect(sent.length).toBeGreaterThan(3)
    for (const json of sent) expect(json.length).toBeLessThanOrEqual(700)
    const whole = message(...texts)
    expect(recordsOf(sent)).toEqual(whole.type === 'records' ? whole.records : [])
  })

  it('omit the text of a fact that is too large, so that later ones fit', () => {
    const [first, second] = recordsOf([...frames(message('x'.repeat(5_000), 'y'), 700)])
    expect(first).toMatchObject({ index: 0, fact: { turnId: 't0', input: [{ text: '‹5000 characters›' }] } })
    expect(second).toEqual(fact(1, 'y'))
  })

  it('count a record as lost when JSON cannot represent it or it is too long without text, and keep the others', () => {
    const [one, two, three] = recordsOf([
      ...frames(
        {
          type: 'records',
          key: '1',
          state: 'idle',
          records: [Object.assign(fact(0, 'a'), { more: 10n }), fact(1, 'b'), long],
        },
        700,
      ),
    ])
    expect(one).toMatchObject({ type: 'lost', seq: 0, count: 1 })
    expect(two).toEqual(fact(1, 'b'))
    expect(three).toMatchObject({ type: 'lost', seq: 2, count: 1 })
  })

  it('are dropped when they are too long and cannot be split', () => {
    expect([...frames({ type: 'done', id: 'a', error: 'x'.repeat(1_000) }, 700)]).toEqual([])
  })
})

const long = {
  ...fact(2, 'c'),
  fact: { type: 'turn.opened', turnId: 'x'.repeat(1_000), parent: null, input: 'c', at: 0 },
} as InspectionRecord
