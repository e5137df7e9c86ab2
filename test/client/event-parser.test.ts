import { createParser } from 'eventsource-parser'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEventParser, type ServerSentEvent } from '../../src/client/event-parser.ts'
import { runs } from '../runs.ts'

const parsed = (...pieces: readonly string[]) => {
  const events: ServerSentEvent[] = []
  const retries: number[] = []
  const parse = createEventParser({ onEvent: (event) => events.push(event), onRetry: (ms) => retries.push(ms) })
  for (const piece of pieces) parse(piece)
  return { events, retries }
}

/** A package that parses the same. */
const byPackage = (text: string) => {
  const events: ServerSentEvent[] = []
  const retries: number[] = []
  const parser = createParser({
    onEvent: ({ event = 'message', data, id }) => events.push({ event, data, ...(id === undefined ? {} : { id }) }),
    onRetry: (ms) => retries.push(ms),
  })
  parser.feed(text)
  return { events, retries }
}

const line = fc.oneof(
  fc.constantFrom(
    '',
    ': comment',
    'data',
    'data:',
    'data: {"a":1}',
    'data:  two',
    'id: 1.2',
    'id',
    'retry: 10',
    'retry: x',
  ),
  fc.constantFrom('event: change', 'event:', 'field: other', 'data: a:b', 'id: with\0zero'),
)
const text = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), { maxLength: 30 })
  .map((lines) => lines.map(([words, end]) => words + end).join(''))

describe('createEventParser()', () => {
  it('reads events with a name, an id and several lines of data', () => {
    expect(parsed('id: 7\nevent: change\ndata: a\ndata: b\n\ndata: c\n\n').events).toEqual([
      { event: 'change', id: '7', data: 'a\nb' },
      { event: 'message', data: 'c' },
    ])
  })

  it('delivers nothing of an event that is cut', () => {
    expect(parsed('data: a\n').events).toEqual([])
    expect(parsed('data: a\n\ndata: {"b"').events).toEqual([{ event: 'message', data: 'a' }])
  })

  it('accepts returns as line ends, also where a piece ends', () => {
    expect(parsed('data: a\r', '\ndata: b\r\n\r', '\n', 'data: c\r\rdata').events).toEqual([
      { event: 'message', data: 'a\nb' },
      { event: 'message', data: 'c' },
    ])
  })

  it('reads the same however the text is cut, and the same as eventsource-parser', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat({ max: 20 })), (words, cuts) => {
        const pieces: string[] = []
        let rest = words
        for (const length of cuts) {
          pieces.push(rest.slice(0, length))
          rest = rest.slice(length)
        }
        const { events, retries } = parsed(...pieces, rest)
        const expected = byPackage(words)
        expect(events).toEqual(expected.events)
        expect(retries).toEqual(expected.retries)
      }),
      { numRuns: runs(300) },
    )
  })

  it('takes a time that grows with the length of an event, not with its square', () => {
    const pieces = Array.from({ length: 20_000 }, () => 'x'.repeat(100))
    expect(parsed('data: ', ...pieces, '\n\n').events[0]?.data).toHaveLength(2_000_000)
  })
})
